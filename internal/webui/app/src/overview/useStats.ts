import { useSubscription } from 'urql';

import { useLiveQuery } from '../api/live';
import { type StatsFragment, StatsDocument, type StatsWindow, WatchStatsDocument } from '../gql/graphql';

// How the system is doing: asked once, then pushed.
export function useStats(window: StatsWindow) {
  const variables = { window };
  const [{ data, error, fetching }, execute] = useLiveQuery({ query: StatsDocument, variables });
  const [{ data: pushed }] = useSubscription({ query: WatchStatsDocument, variables });
  return {
    stats: newer(data?.taskStats, pushed?.taskStatsUpdated),
    error: data === undefined ? error : undefined,
    fetching,
    retry: () => execute({ requestPolicy: 'network-only' }),
  };
}

function newer(a: StatsFragment | undefined, b: StatsFragment | undefined): StatsFragment | undefined {
  return a === undefined || b === undefined || a.buckets.length !== b.buckets.length ? (a ?? b) : a.at > b.at ? a : b;
}
