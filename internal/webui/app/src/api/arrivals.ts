import { useEffect, useState } from 'react';
import { stringifyDocument } from 'urql';

import { type TaskFilter, WatchArrivalsDocument } from '../gql/graphql';
import { createFrameBatch } from '../lib/frame';
import { type Arrival, enters } from './enters';
import { subscribe } from './socket';

// How many is enough to know. Past it the subscription ends: a server under load would tell of thousands a second.
export const manyArrivals = 1_000;

const skew = 15 * 60_000; // by which the clocks of server and browser may differ

// The ids of tasks that have entered the list since it was read for the epoch-th time: by being created, or by reaching
// one of the statuses that it shows.
export function useArrivals(filter: TaskFilter | undefined, epoch: number): ReadonlySet<string> {
  const [arrived, setArrived] = useState<ReadonlySet<string>>(nothing);
  const key = JSON.stringify(filter);
  useEffect(() => {
    setArrived(nothing);
    return key === undefined ? undefined : watch(JSON.parse(key), setArrived);
  }, [key, epoch]);
  return arrived;
}

const nothing: ReadonlySet<string> = new Set();

function watch(filter: TaskFilter, tell: (arrived: ReadonlySet<string>) => void): () => void {
  const seen = new Set<string>();
  const batch = createFrameBatch(() => tell(new Set(seen)));
  let after: string | undefined;
  const variables = {
    filter: narrow(filter),
    get after() {
      return after;
    },
  };
  const next = (arrival: Arrival) => {
    after = arrival.cursor;
    if (arrival.kind === 'REMOVED' ? seen.delete(arrival.taskId) : enters(arrival, filter.statuses)) {
      if (arrival.kind !== 'REMOVED') {
        seen.add(arrival.taskId);
      }
      batch.add(undefined);
    }
    if (seen.size >= manyArrivals) {
      stop();
    }
  };
  const stop = subscribe(
    { query: stringifyDocument(WatchArrivalsDocument), variables },
    { next: ({ data }) => data != null && next(data.taskUpdated as Arrival), error: () => stop(), complete: () => {} },
  );
  return () => {
    batch.flush();
    stop();
  };
}

// A list without a filter of statuses is entered by creation alone: updates of older tasks need not be told.
function narrow(filter: TaskFilter): TaskFilter {
  const from = new Date(Date.now() - skew).toISOString();
  const given = filter.createdAt?.from;
  return filter.statuses
    ? filter
    : { ...filter, createdAt: { ...filter.createdAt, from: given != null && given > from ? given : from } };
}
