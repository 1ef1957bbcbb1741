import { memo } from 'react';
import { Link } from 'wouter';

import type { TaskRowFragment } from '../gql/graphql';
import { m, typeNames } from '../messages';
import { Progress } from '../ui/Progress';
import { Status } from '../ui/Status';
import { Ago, Elapsed } from '../ui/Time';
import { TaskNote } from './TaskNote';

interface Props {
  task: TaskRowFragment;
  selected: boolean;
  active: boolean;
  onToggle: (id: string, shift: boolean) => void;
}

// Rendered again only when its own task changes: the cache keeps the others the same objects.
export const TaskRow = memo(function TaskRow({ task, selected, active, onToggle }: Props) {
  const name = task.description || m.tasks.untitled;
  return (
    <tr className={active ? 'active' : undefined} aria-selected={selected} data-id={task.id}>
      <td className="cell-select">
        <input
          type="checkbox"
          aria-label={m.tasks.select(name)}
          checked={selected}
          onChange={(event) => onToggle(task.id, (event.nativeEvent as MouseEvent).shiftKey)}
        />
      </td>
      <td className="cell-status">
        <Status status={task.status} />
      </td>
      <td className="cell-task">
        <Link href={`/tasks/${task.id}`} className="truncate task-name" title={name}>
          {name}
        </Link>
        <TaskNote task={task} />
        <span className="compact">
          <Status status={task.status} />
          <span className="faint">{typeNames[task.type]}</span>
          <span className="faint">
            <Ago at={task.createdAt} />
          </span>
        </span>
      </td>
      <td className="cell-type soft">{typeNames[task.type]}</td>
      <td className="cell-progress">
        {task.status !== 'PENDING' && (
          <span className="progress-cell">
            <Progress percent={task.progress} status={task.status} label={m.task.progress} />
            <span className="numeric">{task.progress} %</span>
          </span>
        )}
      </td>
      <td className="cell-priority numeric soft">{task.priority === 0 ? '' : task.priority}</td>
      <td className="cell-time soft">{task.startedAt && <Elapsed from={task.startedAt} to={endOf(task)} />}</td>
      <td className="cell-created soft">
        <Ago at={task.createdAt} />
      </td>
    </tr>
  );
});

// A task that waits for its next attempt has no time running.
const endOf = (task: TaskRowFragment): string | null => (task.status === 'PENDING' ? task.startedAt : task.completedAt);
