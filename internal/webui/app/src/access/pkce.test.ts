import { expect, test } from 'vitest';

import { challengeOf, randomText } from './pkce';

test('the challenge of RFC 7636, appendix B', async () => {
  expect(await challengeOf('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk')).toBe(
    'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  );
});

test('verifiers are unreserved characters, and long enough', () => {
  expect(randomText()).toMatch(/^[A-Za-z0-9_-]{43}$/);
  expect(randomText()).not.toBe(randomText());
});
