import { expect, test as base } from '@playwright/test';

import { Api } from './api.ts';
import { type Server, startServer } from './server.ts';

const prefix = 'some/where/';

const test = base.extend<object, { server: Server }>({
  server: [
    async ({}, use) => {
      const server = await startServer('--base-path', `/${prefix}`);
      await use({ ...server, url: server.url + prefix });
      await server.stop();
    },
    { scope: 'worker', timeout: 600_000 },
  ],
});

test('everything stays under the path that a proxy gives it', async ({ page, request, server }) => {
  const strayed: string[] = [];
  const note = (address: string) => new URL(address).pathname.startsWith(`/${prefix}`) || strayed.push(address);
  page.on('request', (asked) => asked.url().startsWith('http') && note(asked.url()));
  page.on('websocket', (socket) => note(socket.url()));
  page.on('filechooser', () => undefined); // else one that opens the moment it is waited for may be missed
  const [id] = await new Api(request, server.url).createScheduled(1, 'Prefixed');

  await page.goto(`${server.url}tasks`);
  await expect(page.getByRole('status', { name: 'Connection' }).first()).toHaveText('Live');
  await page.getByRole('link', { name: 'Prefixed 0' }).click();
  await expect(page).toHaveURL(`${server.url}tasks/${id}`);
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Prefixed 0' })).toBeVisible();
  for (const name of ['Overview', 'Documents', 'Products', 'Types & workers', 'API keys']) {
    await page.getByRole('link', { name, exact: true }).click();
    await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
  }
  const chosen = page.waitForEvent('filechooser');
  await page.keyboard.press('u');
  await (await chosen).setFiles({ name: 'large.md', mimeType: 'text/markdown', buffer: Buffer.from('A pump'.padEnd(8_500_000, ' \n')) });
  await expect(page.getByRole('region', { name: 'Activity' })).toContainText('Completed');
  expect(strayed).toEqual([]);
});
