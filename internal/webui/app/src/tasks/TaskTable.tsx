import './tasks.css';

import type { TaskRowFragment } from '../gql/graphql';
import { m } from '../messages';
import { SelectPageCell } from '../ui/SelectCell';
import { type Selection, has } from './selection';
import { TaskRow } from './TaskRow';

interface Props {
  tasks: readonly TaskRowFragment[];
  selection: Selection;
  active: string | null;
  stale: boolean;
  onToggle: (id: string, shift: boolean) => void;
  onTogglePage: () => void;
}

export function TaskTable({ tasks, selection, active, stale, onToggle, onTogglePage }: Props) {
  const selected = tasks.filter(({ id }) => has(selection, id)).length;
  const columns = m.tasks.columns;
  return (
    <table className="table task-table" aria-busy={stale}>
      <caption className="hidden">{m.tasks.title}</caption>
      <thead>
        <tr>
          <SelectPageCell label={m.tasks.selectAll} selected={selected} of={tasks.length} onToggle={onTogglePage} />
          <th scope="col" className="cell-status">
            {columns.status}
          </th>
          <th scope="col">{columns.task}</th>
          <th scope="col" className="cell-type">
            {columns.type}
          </th>
          <th scope="col" className="cell-progress">
            {columns.progress}
          </th>
          <th scope="col" className="cell-priority number">
            {columns.priority}
          </th>
          <th scope="col" className="cell-time">
            {columns.duration}
          </th>
          <th scope="col" className="cell-created">
            {columns.created}
          </th>
        </tr>
      </thead>
      <tbody>
        {tasks.map((task) => (
          <TaskRow
            key={task.id}
            task={task}
            selected={has(selection, task.id)}
            active={active === task.id}
            onToggle={onToggle}
          />
        ))}
      </tbody>
    </table>
  );
}
