import { execFileSync } from 'node:child_process';

import { type Page, expect, test as base } from '@playwright/test';

import { binary } from './build.ts';
import { type Server, startServer } from './server.ts';

const test = base.extend<object, { server: Server }>({
  server: [
    async ({}, use) => {
      const server = await startServer('--auth', 'keys');
      await use(server);
      await server.stop();
    },
    { scope: 'worker', timeout: 600_000 },
  ],
});

async function signIn(page: Page, server: Server, name: string, role: string): Promise<string> {
  const { DATABASE_URL: _, ...env } = process.env;
  const options = ['keys', 'create', '--name', name, '--role', role, '--data-dir', server.dataDir];
  const key = execFileSync(binary, options, { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  await page.goto(`${server.url}tasks`);
  await page.getByLabel('API key').fill(key);
  await page.getByRole('button', { name: 'Sign in with this key' }).click();
  await expect(page.getByText(name)).toBeVisible();
  return key;
}

test('a viewer is offered nothing that it may not do', async ({ page, request, server }) => {
  const admin = await signIn(page, server, 'Olga', 'admin');
  await expect(page.getByRole('heading', { name: 'No tasks yet' })).toBeVisible(); // nobody has used this server before
  await expect(page.getByRole('link', { name: 'API keys' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Upload' })).toBeVisible();
  const created = await request.post(`${server.url}graphql`, {
    headers: { Authorization: `Bearer ${admin}` },
    data: {
      query: `mutation { createTask(input: {type: EMBEDDING_GENERATION, description: "Some task", metadata: {target: "ALL"},
        scheduledAt: "2100-01-01T00:00:00Z"}) { task { id } } }`,
    },
  });
  const id = (await created.json()).data.createTask.task.id;
  await page.goto(`${server.url}tasks/${id}`);
  await expect(page.getByRole('button', { name: 'Clone' })).toBeVisible();
  await page.getByRole('button', { name: 'Sign out' }).click();

  await signIn(page, server, 'Vera', 'viewer');
  await expect(page.getByRole('link', { name: 'API keys' })).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Upload' })).toHaveCount(0);
  await page.getByRole('checkbox', { name: 'Select Some task' }).check();
  const bar = page.getByRole('region', { name: 'Selected tasks' });
  await expect(bar.getByRole('button')).toHaveCount(1); // to clear the selection
  await page.getByRole('link', { name: 'Some task' }).click();
  await expect(page.getByRole('heading', { name: 'Timeline' })).toBeVisible();
  await expect(page.getByRole('button', { name: /Cancel|Clone|Delete|Priority/ })).toHaveCount(0);
});

test('an admin creates a key that is shown once, and revokes it', async ({ page, server }) => {
  await signIn(page, server, 'Root', 'admin');
  await page.getByRole('link', { name: 'API keys' }).click();
  await page.getByRole('button', { name: 'Create key' }).click();
  await page.getByRole('textbox').fill('Nightly job');
  await page.getByRole('dialog').getByRole('button', { name: 'Create key' }).click();
  await expect(page.getByRole('dialog', { name: 'The new key' })).toContainText('tw_');
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click();
  const row = page.getByRole('row', { name: /Nightly job/ });
  await expect(row).toContainText('Viewer');
  await row.getByRole('button', { name: /Revoke/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
  await expect(row).toContainText('Revoked');
});
