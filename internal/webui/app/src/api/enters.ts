import type { TaskStatus, WatchArrivalsSubscription } from '../gql/graphql';

export type Arrival = WatchArrivalsSubscription['taskUpdated'];

// Whether an update tells of a task that has come into a list of these statuses (all, unless given): one that was created, or
// that went over into one of them.
export function enters({ kind, event }: Arrival, statuses: readonly TaskStatus[] | null | undefined): boolean {
  if (kind === 'CREATED' || statuses == null || event?.kind !== 'TRANSITION') {
    return kind === 'CREATED';
  }
  return statuses.includes(event.to) && (event.from === null || !statuses.includes(event.from));
}
