import { expect, test } from 'vitest';

import { emptyForm, pricePattern, toInput } from './change';

test('an empty form changes nothing', () => {
  expect(toInput(['A'], { ...emptyForm, brand: '  ' })).toBeUndefined();
});

test('what is left empty stays as it is', () => {
  expect(toInput(['A'], { ...emptyForm, price: ' -10% ' })).toEqual({ skus: ['A'], adjust: { price: '-10%' } });
  expect(toInput(['A'], { ...emptyForm, brand: 'Acme', stock: '5' })).toEqual({
    skus: ['A'],
    set: { brand: 'Acme' },
    adjust: { stock: '5' },
  });
});

test.each([
  ['+10%', true],
  ['-2.50', true],
  ['5', true],
  ['ten', false],
  ['1,5', false],
  ['+-1', false],
])('price %s', (text, valid) => {
  expect(new RegExp(`^(?:${pricePattern})$`, 'v').test(text)).toBe(valid);
});
