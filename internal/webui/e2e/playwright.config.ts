import { defineConfig } from '@playwright/test';

// The browser is the system's own (CHROMIUM names another): Playwright's download is not needed.
// The flags let it run as root, and keep it from calling home.
export default defineConfig({
  testDir: '.',
  outputDir: 'results/tests',
  globalSetup: './build.ts',
  workers: 1,
  forbidOnly: !!process.env.CI,
  // Limits, not expectations: two slow cores that do other work, too, compile a lot of Monaco.
  timeout: 600_000,
  expect: { timeout: 180_000 },
  reporter: [['list']],
  use: {
    viewport: { width: 1440, height: 900 },
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
});
