import { expect, test } from 'vitest';

import { has, isEmpty, keep, nothing, toggle, togglePage } from './selection';

const page = ['a', 'b', 'c', 'd', 'e'];
const picked = (selection: { ids: ReadonlySet<string> }) => [...selection.ids].sort().join('');

test('shift selects the range from the last one, both ways', () => {
  const b = toggle(nothing, 'b', page, false);
  expect(picked(toggle(b, 'd', page, true))).toBe('bcd');
  expect(picked(toggle(toggle(nothing, 'd', page, false), 'b', page, true))).toBe('bcd');
});

test('shift unselects a range, too', () => {
  const all = togglePage(nothing, page);
  expect(picked(toggle(toggle(all, 'b', page, false), 'd', page, true))).toBe('ae');
});

test('shift without a beginning selects one', () => {
  expect(picked(toggle(nothing, 'c', page, true))).toBe('c');
  expect(picked(toggle({ ...nothing, anchor: 'gone' }, 'c', page, true))).toBe('c');
});

test('the whole page, and back', () => {
  const all = togglePage(nothing, page);
  expect(picked(all)).toBe('abcde');
  expect(isEmpty(togglePage(all, page))).toBe(true);
});

test('all that match become this page when one is taken out', () => {
  const all = { ...nothing, all: true };
  expect(has(all, 'on another page')).toBe(true);
  expect(toggle(all, 'c', page, false)).toMatchObject({ all: false, ids: new Set(['a', 'b', 'd', 'e']) });
});

test('what has left the page is not selected', () => {
  expect(picked(keep(togglePage(nothing, page), ['a', 'x']))).toBe('a');
});
