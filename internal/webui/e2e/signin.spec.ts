import { execFileSync } from 'node:child_process';

import { type Page, expect, test as base } from '@playwright/test';

import { binary } from './build.ts';
import { startProvider } from './provider.ts';
import { type Server, startServer } from './server.ts';

// A server on which people have to say who they are, by a key or with a provider.
const test = base.extend<object, { server: Server }>({
  server: [
    async ({}, use) => {
      const provider = await startProvider();
      const server = await startServer(
        ...['--auth', 'keys,oidc', '--oidc-issuer', provider.issuer],
        ...['--oidc-client-id', 'taskwire', '--oidc-roles', 'staff=operator'],
      );
      await use(server);
      await server.stop();
      provider.stop();
    },
    { scope: 'worker', timeout: 600_000 },
  ],
});

function keys(server: Server, ...args: string[]): string {
  return execFileSync(binary, ['keys', ...args, '--data-dir', server.dataDir], { encoding: 'utf8', env: withoutDatabase() }).trim();
}

function withoutDatabase(): NodeJS.ProcessEnv {
  const { DATABASE_URL: _, ...env } = process.env;
  return env;
}

async function isLive(page: Page): Promise<void> {
  await expect(page.getByRole('status', { name: 'Connection' }).first()).toHaveText('Live');
}

test('a key lets in until it is revoked', async ({ page, server }) => {
  const key = keys(server, 'create', '--name', 'Grace', '--role', 'operator');
  await page.goto(`${server.url}tasks`);
  await page.getByLabel(/key/i).fill(`${key}x`);
  await page.getByRole('button', { name: /key/i }).click();
  await expect(page.getByRole('alert')).toBeVisible();
  await page.getByLabel(/key/i).fill(key);
  await page.getByRole('button', { name: /key/i }).click();
  await isLive(page);
  expect(await page.context().cookies()).toEqual([]);

  keys(server, 'revoke', key.slice(0, 8));
  await expect(page.getByLabel(/key/i)).toBeVisible();
});

test('a provider lets in by authorization code and PKCE', async ({ page, request, server }) => {
  const refused: string[] = []; // by the page's Content-Security-Policy
  page.on('console', (message) => message.text().includes('Content Security Policy') && refused.push(message.text()));
  let credential = ''; // the last one that the page has shown
  page.on('request', (sent) => (credential = sent.headers()['authorization'] ?? credential));
  await page.goto(`${server.url}tasks`);
  await page.getByRole('button', { name: /127\.0\.0\.1/ }).click();
  await isLive(page);
  await expect(page).toHaveURL(`${server.url}tasks`);
  const viewer = await request.post(`${server.url}graphql`, {
    headers: { Authorization: credential },
    data: { query: '{ viewer { name subject role } }' },
  });
  expect(await viewer.json()).toMatchObject({ data: { viewer: { name: 'Ada', subject: 'oidc:ada', role: 'OPERATOR' } } });
  expect(refused).toEqual([]);
});
