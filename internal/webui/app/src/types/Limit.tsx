import { useState } from 'react';

import { useMay } from '../access/viewer';
import type { TaskType } from '../gql/graphql';
import { count } from '../lib/format';
import { m, typeNames } from '../messages';
import { LimitDialog } from './LimitDialog';

// How many tasks of a type may run at once, to be changed by whoever may.
export function Limit({ type, maxRunning }: { type: TaskType; maxRunning: number | null }) {
  const [editing, setEditing] = useState(false);
  const text = maxRunning === null ? m.types.noLimit : count(maxRunning);
  if (!useMay()('setTaskTypeLimit')) {
    return text;
  }
  return (
    <>
      <button
        type="button"
        className="link bare"
        aria-label={m.types.changeLimit(typeNames[type], text)}
        onClick={() => setEditing(true)}
      >
        {text}
      </button>
      {editing && <LimitDialog type={type} maxRunning={maxRunning} onClose={() => setEditing(false)} />}
    </>
  );
}
