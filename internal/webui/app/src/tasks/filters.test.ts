import { expect, test } from 'vitest';

import { change, readState, toFilter, toPage, writeState } from './filters';
import { parseSearch } from './search';

test('an address and a state are the same thing', () => {
  const address = 'status=RUNNING,FAILED&type=DATA_IMPORT&q=shop.id%3A7&created=24h&sort=priority&after=abc';
  expect(writeState(readState(new URLSearchParams(address)))).toBe(address);
});

test('an address that makes no sense is an empty filter', () => {
  const state = readState(new URLSearchParams('status=NOPE,&type=x&created=toString&sort=__proto__'));
  expect(writeState(state)).toBe('');
  expect(toFilter(state, 0)).toEqual({});
});

test('a new filter begins at its first page', () => {
  const state = readState(new URLSearchParams('status=FAILED&after=abc'));
  expect(writeState(change(state, { types: ['DATA_IMPORT'] }))).toBe('status=FAILED&type=DATA_IMPORT');
});

test('a window is a range that ends now', () => {
  const state = readState(new URLSearchParams('created=1h'));
  expect(toFilter(state, Date.UTC(2026, 2, 1, 10))).toEqual({ createdAt: { from: '2026-03-01T09:00:00.000Z' } });
});

test('pages go both ways', () => {
  expect(toPage({ after: 'a', before: null })).toEqual({ first: 50, after: 'a' });
  expect(toPage({ after: null, before: 'b' })).toEqual({ last: 50, before: 'b' });
});

test.each([
  ['', {}],
  ['  quarterly   report ', { search: 'quarterly report' }],
  ['"two words" more', { search: 'two words more' }],
  ['shop.id:7 shop.name:"Big Shop" draft:true', { metadata: { shop: { id: 7, name: 'Big Shop' }, draft: true } }],
  ['code:"7"', { metadata: { code: '7' } }],
  ['order:9007199254740993', { metadata: { order: '\uE0009007199254740993' } }],
  ['code:007', { metadata: { code: '007' } }],
  ['{"a": {"b": [1]}}', { metadata: { a: { b: [1] } } }],
  ['{"a": ', { search: '{a:' }],
  ['by:anna report', { createdBy: 'anna', search: 'report' }],
  ['priority:5', { priority: { min: 5, max: 5 } }],
  ['priority:1..', { priority: { min: 1 } }],
  ['priority:..-1', { priority: { max: -1 } }],
  ['priority:high', { metadata: { priority: 'high' } }],
  ['01a20a5f-f874-705b-869c-99a6b6641082', { ids: ['01a20a5f-f874-705b-869c-99a6b6641082'] }],
  ['VAGiCl_54nXKq39Z2y6PPDo', { ids: ['VAGiCl_54nXKq39Z2y6PPDo'] }],
])('search %j', (text, filter) => {
  expect(parseSearch(text)).toEqual(filter);
});
