import type { Client } from 'urql';

import { type WatchTasksSubscription, WatchTasksDocument } from '../gql/graphql';
import { createFrameBatch } from '../lib/frame';
import { createGate } from './hold';
import { refreshAll } from './refresh';
import { subscribe } from './socket';

// The tasks that the page shows are watched by one subscription: parts of the page say which (watchTasks), and read them
// from the cache, where each update is written. A cursor carries it over lost connections and changes of the watched
// set; where it cannot, everything visible is asked again.

export type Update = WatchTasksSubscription['taskUpdated'];

export const feedName = 'WatchTasks';

const mostTasks = 250; // that a filter of the API takes
const staleAfter = 30_000; // a set of other tasks is better begun with a snapshot than with all that happened since

const watched = new Map<string, number>(); // how often each id is on the page
const listeners = new Set<(updates: Update[]) => void>();
let restart = () => {};

export function watchTasks(ids: readonly string[]): () => void {
  ids.forEach((id) => watched.set(id, (watched.get(id) ?? 0) + 1));
  restart();
  return () => {
    ids.forEach((id) => {
      const left = (watched.get(id) ?? 1) - 1;
      left > 0 ? watched.set(id, left) : watched.delete(id);
    });
    restart();
  };
}

// Calls listener with all updates of a frame together, after they are in the cache.
export function onUpdates(listener: (updates: Update[]) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function startFeed(client: Client): void {
  let stop: (() => void) | undefined;
  let current = '';
  let timer: number | undefined;
  const run = () => {
    timer = undefined;
    const ids = [...watched.keys()].slice(-mostTasks).sort();
    if (ids.join() === current) {
      return;
    }
    current = ids.join();
    stop?.();
    stop =
      ids.length === 0
        ? undefined
        : client.subscription(WatchTasksDocument, { ids, snapshot: true }).subscribe(publish).unsubscribe;
  };
  restart = () => {
    timer ??= window.setTimeout(run, 30);
  };
  restart();
}

// The cache has written a whole frame's updates as a list: see forwardFeed.
function publish({ data }: { data?: WatchTasksSubscription | undefined }): void {
  const updates = data?.taskUpdated as unknown as Update[] | undefined;
  if (updates !== undefined) {
    listeners.forEach((listener) => listener(updates));
  }
}

let cursor: string | undefined;
let cursorAt = 0;

interface Sink {
  next(result: object): void;
  error(error: unknown): void;
  complete(): void;
}

// Runs WatchTasks on the socket. All updates of one animation frame become one result with a list in the place of the
// update, so that the cache is written, and the page rendered, once a frame however many come.
export function forwardFeed(query: string, ids: unknown, sink: Sink): () => void {
  if (Date.now() - cursorAt > staleAfter) {
    cursor = undefined;
  }
  const variables = {
    ids,
    get after() {
      return cursor;
    },
    get snapshot() {
      return cursor === undefined;
    },
  };
  let stop = () => {};
  let retry: number | undefined;
  const gate = createGate<Update>((updates) =>
    sink.next({ data: { __typename: 'Subscription', taskUpdated: updates } }),
  );
  const batch = createFrameBatch(gate.pass);
  const begin = () => {
    stop = subscribe(
      { query, variables, operationName: feedName },
      {
        next: ({ data, errors }) => {
          if (errors !== undefined) {
            startOver();
          } else if (data != null) {
            const update = data.taskUpdated as Update;
            cursor = update.cursor;
            cursorAt = Date.now();
            batch.add(update);
          }
        },
        error: startOver,
        complete: startOver,
      },
    );
  };
  // Such as CURSOR_EXPIRED: what happened in between can only be seen by asking for everything.
  function startOver() {
    cursor = undefined;
    stop();
    retry = window.setTimeout(() => {
      refreshAll();
      begin();
    }, 1_000);
  }
  begin();
  return () => {
    window.clearTimeout(retry);
    batch.flush();
    gate.close();
    stop();
  };
}
