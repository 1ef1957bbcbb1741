import './upload.css';

import { useMemo, useState } from 'react';

import { useLiveQuery, useWatch } from '../api/live';
import { type TaskRowFragment, TasksByIdDocument } from '../gql/graphql';
import { useStore } from '../lib/store';
import { m } from '../messages';
import { Button, IconButton } from '../ui/Button';
import { activities, removeActivity } from './activity';
import { Card } from './Card';

const mostTasks = 100; // that one query takes

// What this page has set off, in a corner of every page, until it is cleared.
export function Tray() {
  const all = useStore(activities);
  const [open, setOpen] = useState(true);
  const tasks = useTasks(all.flatMap(({ taskId }) => taskId ?? []));
  if (all.length === 0) {
    return null;
  }
  const finished = all.filter(
    ({ taskId, problem }) => problem !== undefined || tasks.get(taskId ?? '')?.completedAt != null,
  );
  return (
    <section className="tray" aria-label={m.upload.tray}>
      <header>
        <h2>{m.upload.tray}</h2>
        <span className="faint numeric">
          {finished.length} / {all.length}
        </span>
        {finished.length > 0 && (
          <Button kind="quiet" onClick={() => finished.forEach(({ key }) => removeActivity(key))}>
            {m.upload.clearDone}
          </Button>
        )}
        <IconButton
          icon={open ? 'down' : 'up'}
          label={open ? m.upload.collapse : m.upload.expand}
          aria-expanded={open}
          onClick={() => setOpen(!open)}
        />
      </header>
      {open && (
        <ul>
          {all.toReversed().map((activity) => (
            <Card key={activity.key} activity={activity} task={tasks.get(activity.taskId ?? '')} />
          ))}
        </ul>
      )}
    </section>
  );
}

function useTasks(given: string[]): Map<string, TaskRowFragment> {
  const key = given.slice(-mostTasks).join();
  const ids = useMemo(() => (key === '' ? [] : key.split(',')), [key]);
  useWatch(ids);
  const [{ data }] = useLiveQuery({ query: TasksByIdDocument, variables: { ids }, pause: ids.length === 0 });
  return useMemo(() => {
    const found = (data?.nodes ?? []).filter((node): node is TaskRowFragment => node !== null && 'id' in node);
    return new Map(found.map((task) => [task.id, task]));
  }, [data]);
}
