import type { APIRequestContext, Page, Response } from '@playwright/test';

import { Console } from './console.ts';
import { expect, screenshot, test } from './test.ts';

for (const path of ['graphiql', 'playground']) {
  test(`GraphiQL opens at /${path} and knows the schema`, async ({ page, server }) => {
    await new Console(page).open(server.url + path);
    await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
    await page.getByRole('link', { name: 'Subscription', exact: true }).click();
    await expect(page.getByRole('link', { name: 'taskUpdated' })).toBeVisible();
  });
}

test('a query runs and shows its result', async ({ page, request, server }) => {
  await upload(request, server.url, 'valves.md');
  const graphiql = new Console(page);
  await graphiql.open(`${server.url}graphiql`);
  await graphiql.run();
  await expect(graphiql.result).toContainText('"totalCount":');
  await expect(graphiql.result).toContainText('valves.md');
  await screenshot(page, 'graphiql-query');
});

test('every example runs', async ({ page, server }) => {
  const graphiql = new Console(page);
  await graphiql.open(`${server.url}graphiql`);
  const examples = (await graphiql.tabs()).filter((name) => name !== 'WatchTasks'); // which has a test of its own
  expect(examples.length).toBeGreaterThan(2);
  for (const name of examples) {
    await graphiql.tab(name);
    const answered = page.waitForResponse((response) => operationName(response) === name);
    await graphiql.run(); // at once, as fast as anybody clicks
    expect(await (await answered).json(), name).not.toHaveProperty('errors');
  }
});

test('a subscription shows a task while it runs', async ({ page, request, server }) => {
  const updates = collectUpdates(page);
  const graphiql = new Console(page);
  await graphiql.open(`${server.url}graphiql`);
  await graphiql.tab('WatchTasks');
  await graphiql.run();
  await expect(async () => {
    await upload(request, server.url, 'first.md'); // the protocol has no word for "subscribed": an update shows it
    expect(updates.tasks.length).toBeGreaterThan(0);
  }).toPass();
  await expect.poll(() => unfinished(request, server.url)).toBe(0); // so that the last update is of what comes now

  await upload(request, server.url, 'pumps.md');
  await expect(graphiql.result).toContainText('pumps.md');
  await expect(graphiql.result).toContainText('"status": "COMPLETED"');
  await screenshot(page, 'graphiql-subscription');

  const seen = updates.tasks.filter((task) => task.description.includes('pumps.md'));
  expect([...new Set(seen.map((task) => task.status))]).toEqual(['PENDING', 'RUNNING', 'COMPLETED']);
  for (const [before, after] of seen.slice(1).map((task, i) => [seen[i]!, task] as const)) {
    expect(after.version, 'a task never steps back').toBeGreaterThan(before.version);
    expect(after.progress).toBeGreaterThanOrEqual(before.progress);
  }
  await graphiql.stop();
});

test('headers reach the websocket as connection_init', async ({ page, server }) => {
  const updates = collectUpdates(page);
  const graphiql = new Console(page);
  await graphiql.open(`${server.url}graphiql`);
  await graphiql.tab('WatchTasks');
  await graphiql.typeHeaders({ 'X-Example': 'from the headers pane' });
  await graphiql.run();
  await expect.poll(() => updates.init).toEqual({ 'X-Example': 'from the headers pane' });
});

interface Updates {
  init?: unknown; // the payload of connection_init
  tasks: { description: string; progress: number; status: string; version: number }[];
}

// Reads along with the page's websockets.
function collectUpdates(page: Page): Updates {
  const updates: Updates = { tasks: [] };
  page.on('websocket', (socket) => {
    socket.on('framesent', ({ payload }) => {
      const message = JSON.parse(payload.toString());
      if (message.type === 'connection_init') {
        updates.init = message.payload;
      }
    });
    socket.on('framereceived', ({ payload }) => {
      const message = JSON.parse(payload.toString());
      const task = message.type === 'next' && message.payload.data?.taskUpdated?.task;
      if (task) {
        updates.tasks.push(task);
      }
    });
  });
  return updates;
}

function operationName(response: Response): string | undefined {
  const request = response.request();
  return request.method() === 'POST' ? request.postDataJSON().operationName : undefined;
}

async function unfinished(request: APIRequestContext, url: string): Promise<number> {
  const query = '{ tasks(filter: { statuses: [PENDING, RUNNING] }) { totalCount } }';
  const response = await request.post(`${url}graphql`, { data: { query } });
  return (await response.json()).data.tasks.totalCount;
}

async function upload(request: APIRequestContext, url: string, name: string): Promise<void> {
  const paragraphs = Array.from({ length: 200 }, (_, i) => `## Part ${i}\n\nA pump moves water, part ${i}.\n`);
  const file = { name, mimeType: 'text/markdown', buffer: Buffer.from(paragraphs.join('\n')) };
  const response = await request.post(`${url}api/v1/documents/upload`, { multipart: { file } });
  expect(response.ok(), await response.text()).toBe(true);
}
