import { useState } from 'react';
import { useMutation } from 'urql';

import { LimitTaskTypeDocument, type TaskType } from '../gql/graphql';
import { m, typeNames } from '../messages';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { explain } from '../ui/State';
import { toast } from '../ui/Toasts';

interface Props {
  type: TaskType;
  maxRunning: number | null;
  onClose: () => void;
}

// Asks for a number; none is no limit.
export function LimitDialog({ type, maxRunning, onClose }: Props) {
  const [limit, setLimit] = useState(maxRunning === null ? '' : String(maxRunning));
  const [{ fetching, error, data }, save] = useMutation(LimitTaskTypeDocument);
  const problem = error ? explain(error) : data?.setTaskTypeLimit.userErrors.map(({ message }) => message).join(' ');
  const submit = async () => {
    const input = { type, maxRunning: limit === '' ? null : Number(limit) };
    const answer = await save({ input });
    if (answer.data?.setTaskTypeLimit.taskType) {
      toast(m.types.limited(typeNames[type], input.maxRunning));
      onClose();
    }
  };
  return (
    <Dialog
      title={m.types.limitTitle(typeNames[type])}
      onClose={onClose}
      onSubmit={() => void submit()}
      footer={
        <>
          <Button onClick={onClose}>{m.common.cancel}</Button>
          <Button type="submit" kind="primary" disabled={fetching}>
            {m.types.limitSave}
          </Button>
        </>
      }
    >
      <p className="soft">{m.types.limitText}</p>
      <label className="field">
        {m.types.limitField}
        <input
          className="input"
          type="number"
          min={1}
          max={1_000_000}
          data-focus
          value={limit}
          onChange={(event) => setLimit(event.target.value)}
        />
      </label>
      {problem && (
        <p className="note bad" role="alert">
          {problem}
        </p>
      )}
    </Dialog>
  );
}
