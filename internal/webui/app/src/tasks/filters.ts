import type { OrderDirection, TaskFilter, TaskOrder, TaskOrderField, TaskStatus, TaskType } from '../gql/graphql';
import { parseSearch } from './search';

// The address of the list is the only place where its filter is kept: ?status=FAILED&type=DATA_IMPORT&q=words&after=…

export const statuses: readonly TaskStatus[] = ['PENDING', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED'];
export const types: readonly TaskType[] = [
  'DOCUMENT_PROCESSING',
  'DATA_IMPORT',
  'EMBEDDING_GENERATION',
  'PRODUCT_UPDATE',
  'BULK_OPERATION',
];
export const windows = { '15m': 900, '1h': 3_600, '24h': 86_400, '7d': 604_800, '30d': 2_592_000 } as const;
export type Window = keyof typeof windows;

export const sorts = {
  newest: ['CREATED_AT', 'DESC'],
  oldest: ['CREATED_AT', 'ASC'],
  ended: ['COMPLETED_AT', 'DESC'],
  priority: ['PRIORITY', 'DESC'],
} as const satisfies Record<string, readonly [TaskOrderField, OrderDirection]>;
export type Sort = keyof typeof sorts;

export const pageSize = 50;

export interface TaskListState {
  statuses: TaskStatus[];
  types: TaskType[];
  q: string;
  created: Window | null;
  sort: Sort;
  after: string | null;
  before: string | null;
}

export function readState(params: URLSearchParams): TaskListState {
  const created = params.get('created') ?? '';
  const sort = params.get('sort') ?? '';
  return {
    statuses: pick(params.get('status'), statuses),
    types: pick(params.get('type'), types),
    q: params.get('q') ?? '',
    created: Object.hasOwn(windows, created) ? (created as Window) : null,
    sort: Object.hasOwn(sorts, sort) ? (sort as Sort) : 'newest',
    after: params.get('after'),
    before: params.get('before'),
  };
}

export function writeState(state: Partial<TaskListState>): string {
  const params = new URLSearchParams();
  const put = (name: string, value: string | null | undefined) => value && params.set(name, value);
  put('status', state.statuses?.join(','));
  put('type', state.types?.join(','));
  put('q', state.q);
  put('created', state.created);
  put('sort', state.sort === 'newest' ? null : state.sort);
  put('after', state.after);
  put('before', state.before);
  // Commas need no escaping in a query, and read better without.
  return params.toString().replaceAll('%2C', ',');
}

// A new filter begins at its first page.
export const change = (state: TaskListState, part: Partial<TaskListState>): TaskListState => ({
  ...state,
  after: null,
  before: null,
  ...part,
});

export const isFiltered = (state: TaskListState): boolean =>
  state.statuses.length > 0 || state.types.length > 0 || state.q.trim() !== '' || state.created !== null;

export function toFilter(state: TaskListState, now: number): TaskFilter {
  const filter: TaskFilter = parseSearch(state.q);
  if (state.statuses.length > 0) {
    filter.statuses = state.statuses;
  }
  if (state.types.length > 0) {
    filter.types = state.types;
  }
  if (state.created !== null) {
    filter.createdAt = { from: new Date(now - windows[state.created] * 1000).toISOString() };
  }
  return filter;
}

export function toOrder(sort: Sort): TaskOrder {
  const [field, direction] = sorts[sort];
  return { field, direction };
}

export const toPage = (state: Pick<TaskListState, 'after' | 'before'>, size = pageSize) =>
  state.before === null ? { first: size, after: state.after } : { last: size, before: state.before };

function pick<T extends string>(text: string | null, allowed: readonly T[]): T[] {
  const given = new Set((text ?? '').split(','));
  return allowed.filter((value) => given.has(value));
}
