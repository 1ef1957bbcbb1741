import { expect, test } from 'vitest';

import { line, niceTop, stack } from './scale';

test.each([
  [0, 1],
  [1, 1],
  [3, 5],
  [11, 20],
  [0.04, 0.05],
  [99_000, 100_000],
])('the axis for %d ends at %d', (highest, top) => {
  expect(niceTop(highest)).toBeCloseTo(top);
});

test('bars stand on each other', () => {
  const [low, high] = stack(
    [
      [1, 2],
      [3, null],
    ],
    4,
  );
  expect(low?.[0]).toMatchObject({ y: 75, height: 25 });
  expect(high?.[0]).toMatchObject({ y: 0, height: 75 });
  expect(high?.[1]).toMatchObject({ height: 0 });
  expect(low?.[1]?.x).toBeGreaterThan(50);
});

test('a line is broken where nothing is known', () => {
  expect(line([0, 10, null, 5, 5], 10)).toBe('M10 100L30 0M70 50L90 50');
  expect(line([null, 5, null], 10)).toBe('M38.89 50h22.22');
  expect(line([null, null], 10)).toBe('');
});
