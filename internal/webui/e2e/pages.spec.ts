import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';

import { Api, longDocument } from './api.ts';
import { expect, screenshot, test } from './test.ts';

const sizes = { desktop: { width: 1440, height: 900 }, phone: { width: 320, height: 640 } } as const;

// Something on every page, once a server.
let filled: Promise<Record<string, string>> | undefined;

async function fill(api: Api): Promise<Record<string, string>> {
  await api.upload('handbook.md', longDocument('A pump moves water'));
  await api.upload('broken.pdf', '%PDF-1.7 and nothing more');
  await api.importProducts(
    'SKU,Title,Price,Currency,Brand,Stock\nP-1,Hand pump,19.90,EUR,Acme,4\nP-2,Valve,on request,EUR,Acme,7\n',
  );
  await api.createScheduled(60, 'Nightly');
  await api.idle();
  const data = await api.query<Record<string, { nodes: { id: string }[] }>>(
    `{ imports: tasks(first: 1, filter: {types: [DATA_IMPORT]}) { nodes { id } }
       failed: tasks(first: 1, filter: {statuses: [FAILED]}) { nodes { id } }
       documents(first: 1, filter: {search: "handbook"}) { nodes { id } }
       products(first: 1) { nodes { id } } }`,
  );
  const id = (list: string) => data[list]?.nodes[0]?.id ?? '';
  return {
    overview: '',
    tasks: 'tasks',
    filtered: 'tasks?status=PENDING&q=nothing%20like%20it',
    import: `tasks/${id('imports')}`,
    failed: `tasks/${id('failed')}`,
    documents: 'documents',
    document: `documents/${id('documents')}`,
    products: 'products',
    product: `products/${id('products')}`,
    types: 'types',
    keys: 'keys',
    missing: 'tasks/nothing',
  };
}

for (const [size, viewport] of Object.entries(sizes)) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`every page is accessible and fits, ${size}, ${colorScheme}`, async ({ page, request, server }) => {
      filled ??= fill(new Api(request, server.url));
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme });
      for (const [name, path] of Object.entries(await filled)) {
        await page.goto(server.url + path);
        await expect(page.locator('main h1')).toBeAttached();
        await expect(page.locator('[aria-busy=true][role=status]')).toHaveCount(0);
        await check(page, name);
        await screenshot(page, `${name}-${size}-${colorScheme}`);
      }
    });
  }
}

test('dialogs are accessible', async ({ page, request, server }) => {
  filled ??= fill(new Api(request, server.url));
  await filled;
  await page.goto(`${server.url}tasks`);
  await page.getByRole('checkbox', { name: 'Select all tasks of this page' }).check();
  await screenshot(page, 'selection');
  await page.getByRole('region', { name: 'Selected tasks' }).getByRole('button', { name: 'Priority' }).click();
  await check(page, 'priority');
  await page.keyboard.press('Escape');
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible();
  await check(page, 'help');
  await screenshot(page, 'help');
});

test('the first paint comes within a second', async ({ page, server }) => {
  await page.goto(server.url);
  await expect(page.locator('main h1')).toBeVisible();
  const paint = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0);
  test.info().annotations.push({ type: 'first contentful paint', description: `${Math.round(paint)} ms` });
  expect(paint).toBeGreaterThan(0);
});

async function check(page: Page, name: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  expect(found, name).toEqual([]);
  const width = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(width, `${name} is too wide`).toBeLessThanOrEqual(0);
}
