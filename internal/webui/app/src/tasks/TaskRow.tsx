import { memo } from 'react';
import { Link } from 'wouter';

import type { TaskRowFragment } from '../gql/graphql';
import { count } from '../lib/format';
import { m, typeNames } from '../messages';
import { Progress } from '../ui/Progress';
import { SelectRowCell } from '../ui/SelectCell';
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
  const timed = task.startedAt !== null && task.status !== 'PENDING'; // what waits for its next attempt has no time running
  const moved = task.progress > 0 || task.status === 'RUNNING';
  return (
    <tr className={active ? 'active' : undefined} aria-selected={selected} data-id={task.id}>
      <SelectRowCell label={m.tasks.select(name)} selected={selected} onToggle={(shift) => onToggle(task.id, shift)} />
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
        {moved && task.status !== 'PENDING' && (
          <span className="progress-cell">
            <Progress percent={task.progress} status={task.status} label={m.task.progress} />
            <span className="numeric">{task.progress} %</span>
          </span>
        )}
      </td>
      <td className="cell-priority number soft">{task.priority === 0 ? '' : count(task.priority)}</td>
      <td className="cell-time soft">{timed && <Elapsed from={task.startedAt ?? ''} to={task.completedAt} />}</td>
      <td className="cell-created soft">
        <Ago at={task.createdAt} />
      </td>
    </tr>
  );
});
