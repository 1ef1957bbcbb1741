import { defineConfig } from '@playwright/test';

import tests from '../playwright.config.ts';

// Figures, not tests: `npm run measure`. They go to the terminal; nothing fails for being slow.
export default defineConfig({
  ...tests,
  testDir: '.',
  testMatch: '*.measure.ts',
  outputDir: '../results/measure',
  globalSetup: '../build.ts',
  timeout: 1_800_000,
  use: { ...tests.use, trace: 'off' },
});
