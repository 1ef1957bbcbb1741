import { expect, test } from 'vitest';

import { bytes, cappedCount, duration, money } from './format';
import { ago } from './time';

test.each([
  [0, '< 1 ms'],
  [0.042, '42 ms'],
  [1, '1 s'],
  [1.26, '1.3 s'],
  [59.6, '1 min'],
  [185, '3 min 5 s'],
  [3600, '1 h'],
  [90_061, '1 d 1 h'],
  [-1, '–'],
  [Number.NaN, '–'],
])('%d seconds are %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});

test('sizes', () => {
  expect([0, 999, 1_200, 25_000_000].map(bytes)).toEqual(['0 B', '999 B', '1.2 kB', '25 MB']);
});

test('a capped count says so', () => {
  expect(cappedCount(10_000)).not.toContain('+');
  expect(cappedCount(10_001)).toContain('+');
});

test('money stays exact', () => {
  expect(money('19.9', 'EUR')).toBe('19.90 EUR');
  expect(money('1299', 'JPY')).toBe('1,299 JPY');
  expect(money('0.12345678901234567', 'EUR')).toBe('0.12345678901234567 EUR');
  expect(money('5', 'NOPE')).toBe('5.00 NOPE');
  expect(money('44.9', '')).toBe('44.9');
  expect(money(null, 'EUR')).toBe('–');
});

test('how long ago', () => {
  const now = Date.UTC(2026, 0, 31);
  const before = (seconds: number) => ago(new Date(now - seconds * 1000).toISOString(), now);
  expect(before(2)).toBe('now');
  expect(before(33)).toBe('30 sec. ago');
  expect(before(90)).toBe('1 min. ago');
  expect(before(-7_300)).toBe('in 2 hr.');
  expect(before(40 * 86_400)).toContain('2025');
});
