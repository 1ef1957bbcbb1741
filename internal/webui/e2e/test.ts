import { test as base, expect, type Page } from '@playwright/test';

import { type Server, startServer } from './server.ts';

export { expect };

interface Problems {
  foreign: string[]; // addresses on other hosts that the page asked for
  errors: string[]; // what the console and uncaught exceptions said
}

// Every test gets the real server, and fails when its page asks another host for anything or logs an error.
export const test = base.extend<{ problems: Problems }, { server: Server }>({
  server: [
    async ({}, use) => {
      const server = await startServer();
      await use(server);
      await server.stop();
    },
    { scope: 'worker', timeout: 600_000 },
  ],
  problems: [
    async ({ page, server }, use) => {
      const problems = watch(page, new URL(server.url).host);
      await use(problems);
      expect(problems).toEqual({ foreign: [], errors: [] });
    },
    { auto: true },
  ],
});

function watch(page: Page, host: string): Problems {
  const problems: Problems = { foreign: [], errors: [] };
  const note = (address: string) => {
    const url = new URL(address);
    if (!['data:', 'blob:'].includes(url.protocol) && url.host !== host) {
      problems.foreign.push(address);
    }
  };
  page.context().on('request', (request) => note(request.url()));
  page.on('websocket', (socket) => note(socket.url()));
  page.on('console', (message) => {
    // The browser's own words for a request that a test has stopped.
    if (message.type() === 'error' && !/net::ERR_FAILED|WebSocket connection to .* failed/.test(message.text())) {
      problems.errors.push(message.text());
    }
  });
  page.on('filechooser', () => undefined); // else one that opens the moment it is waited for may be missed
  page.on('pageerror', (error) => problems.errors.push(error.message));
  return problems;
}

export async function screenshot(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: `results/screenshots/${name}.png` });
}
