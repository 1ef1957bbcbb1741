import { expect, test } from 'vitest';

import { createGate, held, hold, release } from './hold';

const update = (taskId: string, version: number) => ({ taskId, version });

test('while it is held, the last update of each task is kept, and comes after', () => {
  const seen: unknown[][] = [];
  const gate = createGate<ReturnType<typeof update>>((updates) => seen.push(updates));
  gate.pass([update('a', 1)]);
  hold();
  gate.pass([update('a', 2), update('b', 1)]);
  gate.pass([update('a', 3)]);
  expect(seen).toEqual([[update('a', 1)]]);
  expect(held.get()).toBe(2);
  release();
  expect(seen[1]).toEqual([update('a', 3), update('b', 1)]);
  gate.pass([update('b', 2)]);
  expect(seen[2]).toEqual([update('b', 2)]);
});

test('what is kept is not lost when others are watched', () => {
  const seen: unknown[][] = [];
  const gate = createGate<ReturnType<typeof update>>((updates) => seen.push(updates));
  hold();
  gate.pass([update('a', 1)]);
  gate.close();
  release();
  expect(seen).toEqual([[update('a', 1)]]);
});
