import '../ui/table.css';

import { useCallback, useEffect, useRef, useState } from 'react';

import { m } from '../messages';
import { Button } from '../ui/Button';
import { HoldButton } from '../ui/HoldButton';
import { ListFrame } from '../ui/ListFrame';
import { Page } from '../ui/Page';
import { Pager } from '../ui/Pager';
import { Empty } from '../ui/State';
import { useMay } from '../access/viewer';
import { type Action, type Target, fields } from './actions';
import { BulkBar } from './BulkBar';
import { BulkDialog } from './BulkDialog';
import { FilterBar } from './FilterBar';
import { change } from './filters';
import { type Selection, isEmpty, keep, nothing, toggle, togglePage } from './selection';
import { TaskTable } from './TaskTable';
import { useListKeys } from './useListKeys';
import { useTaskList } from './useTaskList';

export function TaskListPage() {
  const list = useTaskList();
  const { state, tasks, ids, show, refresh } = list;
  const may = useMay();
  const [selection, setSelection] = useState<Selection>(nothing);
  const [dialog, setDialog] = useState<{ action: Action; target: Target }>();

  useEffect(() => setSelection((now) => keep(now, ids)), [ids]);
  useEffect(() => setSelection(nothing), [state]);

  const order = useRef(ids);
  order.current = ids;
  const onToggle = useCallback(
    (id: string, shift: boolean) => setSelection((now) => toggle(now, id, order.current, shift)),
    [],
  );

  // On the selected rows, or the one that the keyboard is at.
  const act = (action: Action, at: string | null) => {
    const chosen = isEmpty(selection)
      ? tasks.filter(({ id }) => id === at)
      : tasks.filter(({ id }) => selection.ids.has(id));
    if (may(fields[action]) && (selection.all || chosen.length > 0)) {
      setDialog({ action, target: selection.all ? { filter: list.filter } : { tasks: chosen } });
    }
  };
  const active = useListKeys({ ids, onToggle, onAction: act, onClear: () => setSelection(nothing) });
  const firstPage = () => {
    show(change(state, {}));
    refresh();
  };

  return (
    <Page
      title={m.tasks.title}
      actions={<HoldButton />}
      aside={
        <>
          {list.total !== undefined && <span className="faint numeric">{m.tasks.total(list.total)}</span>}
          {list.arrived > 0 && (
            <Button kind="plain" icon="up" className="button arrived" onClick={firstPage}>
              {m.tasks.arrived(list.arrived)}
            </Button>
          )}
        </>
      }
    >
      <FilterBar state={state} onChange={show} />
      <ListFrame
        error={list.error}
        loading={list.loading}
        rows={12}
        empty={
          tasks.length === 0 && (
            <Empty icon="tasks" title={list.filtered ? m.tasks.emptyFiltered : m.tasks.empty}>
              <p>{list.filtered ? m.tasks.emptyFilteredText : m.tasks.emptyText}</p>
            </Empty>
          )
        }
        onRetry={refresh}
      >
        <TaskTable
          tasks={tasks}
          selection={selection}
          active={active}
          stale={list.stale}
          onToggle={onToggle}
          onTogglePage={() => setSelection((now) => togglePage(now, ids))}
        />
      </ListFrame>
      <div className="list-foot">
        <output className="hidden">
          {m.tasks.summary(tasks.length, tasks.filter(({ status }) => status === 'RUNNING').length)}
        </output>
        <Pager
          info={list.pageInfo}
          after={state.after}
          before={state.before}
          onMove={(place) => show({ ...state, ...place })}
        />
      </div>
      {!isEmpty(selection) && (
        <BulkBar
          selection={selection}
          total={list.total}
          pageCount={tasks.length}
          onAll={() => setSelection({ ...nothing, all: true })}
          onClear={() => setSelection(nothing)}
          onAction={(action) => act(action, active)}
        />
      )}
      {dialog && (
        <BulkDialog
          {...dialog}
          onClose={() => setDialog(undefined)}
          onDone={() => {
            setDialog(undefined);
            setSelection(nothing);
          }}
        />
      )}
    </Page>
  );
}
