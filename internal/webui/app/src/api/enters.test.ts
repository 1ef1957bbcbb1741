import { expect, test } from 'vitest';

import { type Arrival, enters } from './enters';

const update = (kind: Arrival['kind'], event: Arrival['event'] = null): Arrival => ({
  kind,
  event,
  taskId: 'a',
  cursor: 'c',
});
const moved = (from: 'RUNNING' | 'FAILED', to: 'FAILED' | 'PENDING') =>
  update('UPDATED', { kind: 'TRANSITION', from, to });

test('a list without a filter of statuses is entered by creation alone', () => {
  expect(enters(update('CREATED'), undefined)).toBe(true);
  expect(enters(moved('RUNNING', 'FAILED'), undefined)).toBe(false);
  expect(enters(update('UPDATED'), undefined)).toBe(false);
});

test('a list of statuses is entered by going over into one of them', () => {
  expect(enters(moved('RUNNING', 'FAILED'), ['FAILED'])).toBe(true);
  expect(enters(moved('FAILED', 'PENDING'), ['FAILED', 'PENDING']), 'it was there before').toBe(false);
  expect(enters(update('UPDATED', { kind: 'PRIORITY', from: 'FAILED', to: 'FAILED' }), ['FAILED'])).toBe(false);
  expect(enters(update('UPDATED'), ['FAILED']), 'its progress moved').toBe(false);
});
