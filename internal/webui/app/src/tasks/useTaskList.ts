import { useCallback, useEffect, useMemo, useState } from 'react';
import { useLocation, useSearch } from 'wouter';

import { useArrivals } from '../api/arrivals';
import { onUpdates } from '../api/feed';
import { isAnswerTo, useLiveQuery, useWatch } from '../api/live';
import { TaskListDocument, type TaskRowFragment } from '../gql/graphql';
import { type TaskListState, isFiltered, readState, toFilter, toOrder, toPage, writeState } from './filters';
import { rememberList } from './lastList';
import { useTotal } from './useTotal';

const none: TaskRowFragment[] = [];

// The list that the address describes: its rows, kept current in place, and how many more have come since it was read.
export function useTaskList() {
  const [, go] = useLocation();
  const search = useSearch();
  useEffect(() => rememberList(search), [search]);
  const state = useMemo(() => readState(new URLSearchParams(search)), [search]);
  const filterKey = writeState({ ...state, sort: 'newest', after: null, before: null });
  const [epoch, setEpoch] = useState(0);
  const filter = useMemo(() => toFilter(state, Date.now()), [filterKey, epoch]);
  const variables = useMemo(() => ({ filter, orderBy: toOrder(state.sort), ...toPage(state) }), [filter, state]);
  const [{ data, operation, fetching, stale, error }, execute] = useLiveQuery({ query: TaskListDocument, variables });

  const tasks = data?.tasks.nodes ?? none;
  const ids = useMemo(() => tasks.map(({ id }) => id), [tasks]);
  useWatch(ids);

  const isFirstPage = state.after === null && state.before === null;
  const isListed = data !== undefined && isAnswerTo(operation, variables);
  const isWhole = isListed && isFirstPage && !data.tasks.pageInfo.hasNextPage;
  const { total, recount } = useTotal(filter, isListed, isWhole ? tasks.length : undefined);
  const arrived = useArrivals(isFirstPage ? filter : undefined, epoch);
  const refresh = useCallback(() => {
    setEpoch((n) => n + 1);
    execute({ requestPolicy: 'network-only' });
    recount();
  }, [execute, recount]);
  useEffect(() => onUpdates((updates) => updates.some(({ kind }) => kind === 'REMOVED') && recount()), [recount]);

  const shown = useMemo(() => new Set(ids), [ids]);
  return {
    state,
    filter,
    filtered: isFiltered(state),
    tasks,
    ids,
    pageInfo: data?.tasks.pageInfo,
    total,
    arrived: arrived.size === 0 ? 0 : [...arrived].filter((id) => !shown.has(id)).length,
    loading: data === undefined && fetching,
    stale: stale || fetching,
    error: data === undefined ? error : undefined,
    refresh,
    show: useCallback(
      (next: TaskListState, replace = false) => {
        const query = writeState(next);
        go(query === '' ? '/tasks' : `/tasks?${query}`, { replace });
      },
      [go],
    ),
  };
}
