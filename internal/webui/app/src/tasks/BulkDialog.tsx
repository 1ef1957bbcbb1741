import { useState } from 'react';
import { useClient, useQuery } from 'urql';

import { TaskCountDocument } from '../gql/graphql';
import { m } from '../messages';
import { addBulk } from '../upload/activity';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { explain } from '../ui/State';
import { toast } from '../ui/Toasts';
import { type Action, type Outcome, type Target, act, applicable, narrow } from './actions';

interface Props {
  action: Action;
  target: Target;
  onClose: () => void;
  onDone: () => void;
}

const manyTasks = 250; // above it, the server makes a task of it

// Says how many tasks an action will change, asks, and acts.
export function BulkDialog({ action, target, onClose, onDone }: Props) {
  const client = useClient();
  const [reason, setReason] = useState('');
  const [priority, setPriority] = useState(10);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const { count, skipped } = usePreview(action, target);
  const one = 'tasks' in target && target.tasks.length === 1;

  const submit = async () => {
    if (busy || !count) {
      return;
    }
    setBusy(true);
    const outcome = await act(client, action, target, reason, priority);
    setBusy(false);
    const refusal = refusalOf(outcome);
    if (refusal !== undefined) {
      setProblem(refusal);
      return;
    }
    announce(action, outcome);
    onDone();
  };

  return (
    <Dialog
      title={count === undefined ? m.bulk.counting : m.bulk.preview[action](count)}
      onClose={onClose}
      onSubmit={() => void submit()}
      footer={
        <>
          <Button onClick={onClose}>{m.bulk.keep}</Button>
          <Button
            type="submit"
            kind={action === 'retry' || action === 'priority' ? 'primary' : 'danger primary'}
            disabled={busy || !count}
            data-focus={action !== 'priority' || undefined}
          >
            {one ? m.bulk.confirmOne[action] : m.bulk.confirm[action]}
          </Button>
        </>
      }
    >
      <p className="soft">{count === 0 ? m.bulk.nothing : m.bulk.explain[action]}</p>
      {skipped > 0 && count !== 0 && <p className="note">{m.bulk.skipped(skipped)}</p>}
      {count !== undefined && count > manyTasks && <p className="note">{m.bulk.asTask}</p>}
      {action === 'priority' && (
        <label className="field">
          {m.bulk.newPriority}
          <input
            className="input"
            type="number"
            min={-100}
            max={100}
            required
            data-focus
            value={Number.isNaN(priority) ? '' : priority}
            onChange={(event) => setPriority(event.target.valueAsNumber)}
          />
        </label>
      )}
      <label className="field">
        {m.bulk.reason}
        <input className="input" maxLength={500} value={reason} onChange={(event) => setReason(event.target.value)} />
      </label>
      {problem && (
        <p className="note bad" role="alert">
          {problem}
        </p>
      )}
    </Dialog>
  );
}

// How many tasks the action will change, counted by the server where a filter selects them.
function usePreview(action: Action, target: Target): { count: number | undefined; skipped: number } {
  const filter = 'filter' in target ? narrow(target.filter, action) : undefined;
  const [{ data }] = useQuery({
    query: TaskCountDocument,
    variables: { filter },
    pause: filter === undefined,
    requestPolicy: 'network-only',
  });
  if ('filter' in target) {
    return { count: data?.tasks.totalCount, skipped: 0 };
  }
  const count = applicable(target.tasks, action).length;
  return { count, skipped: target.tasks.length - count };
}

function refusalOf({ payload, error }: Outcome): string | undefined {
  if (error !== undefined) {
    return explain(error);
  }
  const messages = payload?.userErrors.map(({ message }) => message) ?? [];
  return messages.length > 0 ? messages.join(' ') : undefined;
}

function announce(action: Action, { payload }: Outcome): void {
  if (payload?.task) {
    addBulk(payload.task);
    return;
  }
  const refused = payload?.results.filter(({ outcome }) => outcome === 'REFUSED') ?? [];
  const [first] = refused;
  toast(m.bulk.done[action](payload?.affectedCount ?? 0));
  if (first !== undefined) {
    toast(m.bulk.refused(refused.length, first.message ?? ''));
  }
}
