import { expect, test } from 'vitest';

import { parseCsv, previewCsv } from './csv';

test.each([
  [
    'a,b\n1,2\n',
    [
      ['a', 'b'],
      ['1', '2'],
    ],
  ],
  [
    'a,b\r\n1,2',
    [
      ['a', 'b'],
      ['1', '2'],
    ],
  ],
  [
    'a,b\r1,2',
    [
      ['a', 'b'],
      ['1', '2'],
    ],
  ],
  [
    '"a,""x""",b\n"two\nlines",2',
    [
      ['a,"x"', 'b'],
      ['two\nlines', '2'],
    ],
  ],
  [
    'a,\n,b\n',
    [
      ['a', ''],
      ['', 'b'],
    ],
  ],
  ['a,b,', [['a', 'b', '']]],
  ['\n\na,b\n\n', [['a', 'b']]],
  ['"a" stray,b', [['a stray', 'b']]],
  ['"never closed', []],
  ['', []],
])('parses %j', (text, rows) => {
  expect(parseCsv(text, ',', 10, true)).toEqual(rows);
});

test('a sample that ends within a row leaves it out', () => {
  expect(parseCsv('a,b\n1,2\n3,ha', ',', 10, false)).toEqual([
    ['a', 'b'],
    ['1', '2'],
  ]);
});

test.each([
  [',', 'sku,title\nA-1,"One; two"\n'],
  [';', 'sku;price\nA-1;1,50\nA-2;2,50\n'],
  ['\t', 'sku\ttitle\nA-1\tOne, two\n'],
  ['|', '\uFEFFsku|title\nA-1|One\n'],
])('finds the delimiter %j', (delimiter, text) => {
  const preview = previewCsv(text, 5, true);
  expect(preview.delimiter).toBe(delimiter);
  expect(preview.rows[0]?.[0]).toBe('sku');
});

test('reads no more rows than asked for', () => {
  expect(previewCsv('a,b\n'.repeat(100), 3, true).rows).toHaveLength(3);
});
