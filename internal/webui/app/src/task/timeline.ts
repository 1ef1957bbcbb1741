import type { TaskPageQuery } from '../gql/graphql';
import { secondsBetween } from '../lib/time';
import { eventNames, m } from '../messages';

export type HistoryEvent = NonNullable<TaskPageQuery['task']>['history']['nodes'][number];

export interface Entry {
  event: HistoryEvent;
  title: string;
  seconds: number | null; // since the entry before
}

export function toEntries(events: readonly HistoryEvent[]): Entry[] {
  return events.map((event, i) => {
    const before = events[i - 1];
    return { event, title: titleOf(event), seconds: before ? secondsBetween(before.at, event.at) : null };
  });
}

function titleOf({ kind, from, to, attempt }: HistoryEvent): string {
  if (kind !== 'TRANSITION') {
    return eventNames[kind];
  }
  const t = m.timeline;
  switch (to) {
    case 'RUNNING':
      return t.started(attempt);
    case 'COMPLETED':
      return t.completed;
    case 'FAILED':
      return t.failed;
    case 'CANCELLED':
      return t.cancelled;
    case 'PENDING':
      return from === 'RUNNING' ? t.handedBack(attempt) : t.retried;
  }
}

// worker:01a20a5f-eb52-7b3f-a618-1400c511bf86 is worker …511bf86 to the eye.
export const shortActor = (actor: string): string => actor.replace(/^worker:.*(.{7})$/, 'worker …$1');

// The engine's own reasons for what the title says already are left out.
export const reasonOf = ({ reason }: HistoryEvent): string | null =>
  reason !== null && obvious.has(reason) ? null : reason;

const obvious = new Set(['claimed', 'completed', 'failed']);
