import { type RefObject, useEffect, useState } from 'react';

import { m, statusNames, typeNames } from '../messages';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { Menu } from '../ui/Menu';
import { Select } from '../ui/Select';
import { StatusIcon } from '../ui/Status';
import { type TaskListState, change, isFiltered, statuses, types } from './filters';

interface Props {
  state: TaskListState;
  searchRef: RefObject<HTMLInputElement | null>;
  onChange: (state: TaskListState, replace?: boolean) => void;
}

export function FilterBar({ state, searchRef, onChange }: Props) {
  const flip = <T extends string>(list: T[], value: T): T[] =>
    list.includes(value) ? list.filter((one) => one !== value) : [...list, value];
  const chosen = state.types.length;
  return (
    <search className="filter-bar">
      <SearchBox state={state} searchRef={searchRef} onChange={onChange} />
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

const pause = 250; // ms without a key, before searching

function SearchBox({ state, searchRef, onChange }: Props) {
  const [text, setText] = useState(state.q);
  useEffect(() => setText(state.q), [state.q]);
  useEffect(() => {
    if (text === state.q) {
      return undefined;
    }
    const timer = window.setTimeout(() => onChange(change(state, { q: text }), state.q !== ''), pause);
    return () => window.clearTimeout(timer);
  }, [text, state, onChange]);
  return (
    <div className="search-box">
      <Icon name="search" size={14} />
      <input
        ref={searchRef}
        type="search"
        className="input"
        aria-label={m.tasks.searchLabel}
        aria-description={m.tasks.searchHelp}
        title={m.tasks.searchHelp}
        placeholder={m.tasks.searchHint}
        maxLength={200}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => event.key === 'Escape' && event.currentTarget.blur()}
      />
      <kbd aria-hidden="true">/</kbd>
    </div>
  );
}
