import type { TaskPageQuery } from '../gql/graphql';
import { duration } from '../lib/format';
import { secondsBetween } from '../lib/time';
import { m, typeNames } from '../messages';
import { CopyButton } from '../ui/CopyButton';
import { type Fact, Facts } from '../ui/Facts';
import { Ago, Elapsed } from '../ui/Time';

type Task = NonNullable<TaskPageQuery['task']>;

export function TaskDetails({ task }: { task: Task }) {
  const t = m.task;
  const facts: Fact[] = [
    [t.type, typeNames[task.type]],
    [t.priority, task.priority],
    [t.attempt, m.tasks.attempts(task.attempt, task.maxAttempts)],
    [t.worker, task.worker?.host],
    [t.created, <Ago key="at" at={task.createdAt} />],
    [t.createdBy, task.createdBy],
    [
      t.scheduled,
      task.status === 'PENDING' && task.scheduledAt !== task.createdAt ? <Ago key="at" at={task.scheduledAt} /> : null,
    ],
    [t.started, task.startedAt && <Ago at={task.startedAt} />],
    [t.waited, waited(task)],
    [t.ended, task.completedAt && <Ago at={task.completedAt} />],
    [t.ran, task.startedAt && task.status !== 'PENDING' && <Elapsed from={task.startedAt} to={task.completedAt} />],
    [t.timeout, task.timeoutSeconds === null ? null : duration(task.timeoutSeconds)],
    [
      t.id,
      <span key="id" className="with-copy">
        <code className="truncate">{task.id}</code>
        <CopyButton text={task.id} />
      </span>,
    ],
  ];
  return <Facts title={t.details} facts={facts} />;
}

// Of the first attempt: later ones waited for other reasons.
const waited = (task: Task): string | null =>
  task.startedAt !== null && task.attempt === 1 && task.startedAt > task.scheduledAt
    ? duration(secondsBetween(task.scheduledAt, task.startedAt))
    : null;
