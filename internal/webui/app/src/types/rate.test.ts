import { expect, test } from 'vitest';

import { perMinute } from './rate';

test('the pace is that of the last five whole minutes', () => {
  const buckets = [900, 10, 20, 30, 40, 50, 7].map((completed) => ({ completed }));
  expect(perMinute(buckets)).toBe(30);
});

test('a young server has a pace, too', () => {
  expect(perMinute([{ completed: 4 }, { completed: 1 }])).toBe(4);
  expect(perMinute([])).toBe(0);
});
