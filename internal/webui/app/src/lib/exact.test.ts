import { expect, test } from 'vitest';

import { exactDigits, keepDigits, restoreDigits } from './exact';

const stored = '{"id": 9007199254740993, "rate": -0.12345678901234567891, "n": [1, 12345678901234567890]}';

test('numbers keep every digit on both ways', () => {
  const read = JSON.parse(keepDigits(stored));
  expect(exactDigits(read.id)).toBe('9007199254740993');
  expect(exactDigits(read.rate)).toBe('-0.12345678901234567891');
  expect(read.n[0]).toBe(1);
  expect(restoreDigits(JSON.stringify(read))).toBe(stored.replaceAll(': ', ':').replaceAll(', ', ','));
});

test.each([
  '{"exact": 9007199254740991, "half": 1234567890123456.5, "zeros": 1.50000000000000000}',
  '{"text": "9007199254740993", "quoted": "\\"9007199254740993"}',
  '{"float": 1.2345678901234567e-05}',
])('%s is left as it is', (json) => {
  expect(keepDigits(json)).toBe(json);
});

test('what only looks like a marked number is not sent as anything else', () => {
  const text = JSON.stringify({ a: '\uE000,"b":1' });
  expect(restoreDigits(text)).toBe(text);
  expect(exactDigits('12')).toBeUndefined();
});
