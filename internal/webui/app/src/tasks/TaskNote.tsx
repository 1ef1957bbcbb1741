import type { ReactNode } from 'react';

import type { TaskRowFragment } from '../gql/graphql';
import { useNow } from '../lib/clock';
import { duration } from '../lib/format';
import { m, waitNames } from '../messages';
import { Icon } from '../ui/Icon';
import { Ago } from '../ui/Time';

// One line of what matters about a task now: what it does, why it waits, or why it failed.
export function TaskNote({ task }: { task: TaskRowFragment }) {
  const { text, bad } = noteOf(task);
  return (
    <span className={`task-note ${bad ? 'status-FAILED' : 'faint'}`}>
      {task.stalled && (
        <span className="badge warn" title={m.tasks.stalledText}>
          <Icon name="warning" size={12} />
          {m.tasks.stalled}
        </span>
      )}
      {text && <span className="truncate">{text}</span>}
    </span>
  );
}

function noteOf(task: TaskRowFragment): { text: ReactNode; bad?: boolean } {
  const { status, errorMessage, progressMessage, cancelRequestedAt } = task;
  if (status === 'FAILED') {
    return { text: firstLine(errorMessage), bad: true };
  }
  if (status === 'CANCELLED') {
    return { text: firstLine(errorMessage) };
  }
  if (status === 'RUNNING') {
    return {
      text: (
        <Running
          message={cancelRequestedAt ? m.tasks.cancelling : progressMessage}
          until={task.estimatedCompletionAt}
        />
      ),
    };
  }
  return status === 'PENDING' ? { text: <Waiting task={task} />, bad: task.waitingFor === 'RETRY' } : { text: null };
}

const firstLine = (text: string | null): string | undefined => text?.split('\n', 1)[0];

function Running({ message, until }: { message: string | null; until: string | null }) {
  const eta = useNow((now) => {
    const seconds = until === null ? 0 : Math.round((Date.parse(until) - now) / 1000);
    return seconds > 0 ? m.tasks.eta(duration(seconds)) : null;
  });
  return <>{[message, eta].filter(Boolean).join(' · ')}</>;
}

function Waiting({ task }: { task: TaskRowFragment }) {
  switch (task.waitingFor) {
    case 'RETRY':
      return (
        <>
          {firstLine(task.errorMessage)} · {m.tasks.attemptOf(task.attempt, task.maxAttempts)} · {m.tasks.nextAttempt}{' '}
          <Ago at={task.scheduledAt} />
        </>
      );
    case 'SCHEDULED':
      return (
        <>
          {waitNames.SCHEDULED}: <Ago at={task.scheduledAt} />
        </>
      );
    case null:
      return null;
    default:
      return waitNames[task.waitingFor];
  }
}
