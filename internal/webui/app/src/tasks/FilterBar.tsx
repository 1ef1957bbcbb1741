import { useCallback } from 'react';

import { m, statusNames, typeNames } from '../messages';
import { Button } from '../ui/Button';
import { Menu } from '../ui/Menu';
import { SearchBox } from '../ui/SearchBox';
import { Select } from '../ui/Select';
import { StatusIcon } from '../ui/Status';
import { type TaskListState, change, isFiltered, statuses, types } from './filters';

interface Props {
  state: TaskListState;
  onChange: (state: TaskListState, replace?: boolean) => void;
}

export function FilterBar({ state, onChange }: Props) {
  const flip = <T extends string>(list: T[], value: T): T[] =>
    list.includes(value) ? list.filter((one) => one !== value) : [...list, value];
  const chosen = state.types.length;
  const search = useCallback((q: string) => onChange(change(state, { q }), state.q !== ''), [state, onChange]);
  return (
    <search className="filter-bar">
      <SearchBox
        label={m.tasks.searchLabel}
        hint={m.tasks.searchHint}
        help={m.tasks.searchHelp}
        value={state.q}
        onChange={search}
      />
      <div className="chips" role="group" aria-label={m.tasks.status}>
        {statuses.map((status) => (
          <button
            key={status}
            type="button"
            className="chip"
            aria-pressed={state.statuses.includes(status)}
            onClick={() => onChange(change(state, { statuses: flip(state.statuses, status) }))}
          >
            <span className={`status-${status}`}>
              <StatusIcon status={status} />
            </span>
            {statusNames[status]}
          </button>
        ))}
      </div>
      <Menu label={m.tasks.type} value={chosen === 0 ? '' : chosen === 1 ? typeNames[state.types[0]!] : `${chosen}`}>
        {types.map((type) => (
          <label key={type}>
            <input
              type="checkbox"
              checked={state.types.includes(type)}
              onChange={() => onChange(change(state, { types: flip(state.types, type) }))}
            />
            {typeNames[type]}
          </label>
        ))}
      </Menu>
      <Select
        label={m.tasks.created}
        value={state.created ?? ''}
        options={{ '': m.tasks.anyTime, ...m.tasks.windows }}
        onChange={(created) => onChange(change(state, { created: created === '' ? null : created }))}
      />
      <Select
        label={m.tasks.sort}
        value={state.sort}
        options={m.tasks.sorts}
        onChange={(sort) => onChange(change(state, { sort }))}
      />
      {isFiltered(state) && (
        <Button kind="quiet" onClick={() => onChange(change(state, { statuses: [], types: [], q: '', created: null }))}>
          {m.tasks.clearFilters}
        </Button>
      )}
    </search>
  );
}
