import { useState } from 'react';
import { useClient } from 'urql';
import { useLocation } from 'wouter';

import { useMay } from '../access/viewer';
import { CreateTaskDocument, type TaskPageQuery } from '../gql/graphql';
import { useShortcuts } from '../lib/keyboard';
import { m } from '../messages';
import { type Action, allowed, fields } from '../tasks/actions';
import { lastList } from '../tasks/lastList';
import { BulkDialog } from '../tasks/BulkDialog';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import type { IconName } from '../ui/Icon';
import { explain } from '../ui/State';
import { toast } from '../ui/Toasts';

type Task = NonNullable<TaskPageQuery['task']>;

const buttons: [Action, IconName, string][] = [
  ['cancel', 'cancel', 'c'],
  ['retry', 'retry', 'r'],
  ['priority', 'priority', 'p'],
  ['delete', 'trash', ''],
];

// What can be done to this task in its status.
export function TaskActions({ task }: { task: Task }) {
  const [, go] = useLocation();
  const [action, setAction] = useState<Action>();
  const may = useMay();
  const [cloning, setCloning] = useState(false);
  const possible = buttons.filter(([name]) => allowed[name].includes(task.status) && may(fields[name]));
  useShortcuts([
    ...possible
      .filter(([, , key]) => key !== '')
      .map(([name, , keys]) => ({ keys, label: m.bulk[name], group: 'task' as const, run: () => setAction(name) })),
    { keys: 'Escape', label: m.keys.back, group: 'task', run: () => go(lastList()) },
  ]);
  return (
    <>
      {possible.map(([name, icon]) => (
        <Button key={name} icon={icon} kind={name === 'delete' ? 'danger' : 'plain'} onClick={() => setAction(name)}>
          {m.bulk[name]}
        </Button>
      ))}
      {task.type !== 'BULK_OPERATION' && may('createTask') && (
        <Button icon="clone" onClick={() => setCloning(true)}>
          {m.task.clone}
        </Button>
      )}
      {action && (
        <BulkDialog
          action={action}
          target={{ tasks: [task] }}
          onClose={() => setAction(undefined)}
          onDone={() => {
            setAction(undefined);
            if (action === 'delete') {
              go(lastList());
            }
          }}
        />
      )}
      {cloning && <CloneDialog task={task} onClose={() => setCloning(false)} />}
    </>
  );
}

function CloneDialog({ task, onClose }: { task: Task; onClose: () => void }) {
  const client = useClient();
  const [, go] = useLocation();
  const [problem, setProblem] = useState<string>();
  const submit = async () => {
    const { type, description, metadata, priority, maxAttempts, timeoutSeconds } = task;
    const input = { type, description, metadata, priority, maxAttempts, timeoutSeconds };
    const { data, error } = await client.mutation(CreateTaskDocument, { input });
    const copy = data?.createTask.task;
    if (copy) {
      onClose();
      toast(m.task.cloned);
      go(`/tasks/${copy.id}`);
    } else {
      setProblem(error ? explain(error) : data?.createTask.userErrors.map(({ message }) => message).join(' '));
    }
  };
  return (
    <Dialog
      title={m.task.cloneTitle}
      onClose={onClose}
      onSubmit={() => void submit()}
      footer={
        <>
          <Button onClick={onClose}>{m.common.cancel}</Button>
          <Button type="submit" kind="primary" data-focus>
            {m.task.cloneConfirm}
          </Button>
        </>
      }
    >
      <p className="soft">{m.task.cloneText}</p>
      {problem && (
        <p className="note bad" role="alert">
          {problem}
        </p>
      )}
    </Dialog>
  );
}
