import type { TaskRowFragment } from '../gql/graphql';
import { useNow } from '../lib/clock';
import { duration } from '../lib/format';
import { m } from '../messages';
import { TaskNote } from '../tasks/TaskNote';
import { Progress } from '../ui/Progress';
import { Status } from '../ui/Status';

export function TaskProgress({ task }: { task: TaskRowFragment }) {
  return (
    <section className="panel task-progress" aria-label={m.task.progress}>
      <div className="task-progress-head">
        <Status status={task.status} />
        <strong className="numeric">{task.progress} %</strong>
        {task.status === 'RUNNING' && <Remaining until={task.estimatedCompletionAt} />}
      </div>
      <Progress percent={task.progress} status={task.status} label={m.task.progress} large />
      <TaskNote task={task} />
    </section>
  );
}

function Remaining({ until }: { until: string | null }) {
  const text = useNow((now) => {
    const seconds = until === null ? 0 : Math.round((Date.parse(until) - now) / 1000);
    return seconds > 0 ? m.tasks.eta(duration(seconds)) : '';
  });
  return <span className="faint numeric">{text}</span>;
}
