import { expect, test } from 'vitest';

import { type HistoryEvent, shortActor, toEntries } from './timeline';

const event = (part: Partial<HistoryEvent>): HistoryEvent => ({
  kind: 'TRANSITION',
  from: null,
  to: 'PENDING',
  at: '2026-03-01T10:00:00Z',
  attempt: 0,
  actor: 'taskwire',
  reason: null,
  errorMessage: null,
  version: 1,
  ...part,
});

test('says how long each step took', () => {
  const entries = toEntries([
    event({ kind: 'CREATED' }),
    event({ from: 'PENDING', to: 'RUNNING', attempt: 1, at: '2026-03-01T10:00:02.5Z' }),
    event({ from: 'RUNNING', to: 'PENDING', attempt: 1, at: '2026-03-01T10:00:03.5Z' }),
  ]);
  expect(entries.map(({ seconds }) => seconds)).toEqual([null, 2.5, 1]);
  expect(new Set(entries.map(({ title }) => title)).size).toBe(3);
});

test('a retry by a person is not a failed attempt', () => {
  const [failed, retried] = toEntries([
    event({ from: 'RUNNING', to: 'PENDING', attempt: 1 }),
    event({ from: 'FAILED', to: 'PENDING', attempt: 1 }),
  ]);
  expect(failed?.title).not.toBe(retried?.title);
});

test('shortens workers only', () => {
  expect(shortActor('worker:01a20a5f-eb52-7b3f-a618-1400c511bf86')).toBe('worker …511bf86');
  expect(shortActor('role:postgres')).toBe('role:postgres');
});
