import { Api, longDocument } from './api.ts';
import { expect, test } from './test.ts';

test('a task appears and runs to its end without a reload', async ({ page, request, server }) => {
  const api = new Api(request, server.url);
  await page.goto(`${server.url}tasks`);
  await expect(page.getByRole('status', { name: 'Connection' }).first()).toHaveText('Live');
  await expect(async () => {
    await api.upload('slow-valves.md', longDocument('A valve opens'));
    await expect(page.getByRole('button', { name: / new$/ })).toBeVisible({ timeout: 2_000 });
  }).toPass();
  await page.getByRole('button', { name: / new$/ }).click();
  await expect(page.getByRole('row', { name: /slow-valves\.md/ }).first()).toContainText('Completed');
});

test('the address keeps the filter, and Back brings it back', async ({ page, request, server }) => {
  await new Api(request, server.url).createScheduled(3, 'Filtered');
  await page.goto(`${server.url}tasks`);
  await page.getByRole('button', { name: 'Pending' }).click();
  await page.getByRole('searchbox', { name: 'Search tasks' }).fill('batch:Filtered');
  await expect(page.getByRole('row', { name: /Filtered \d/ })).toHaveCount(3);
  await expect(page).toHaveURL(`${server.url}tasks?status=PENDING&q=batch%3AFiltered`);
  await page.getByRole('link', { name: 'Filtered 1' }).click();
  await expect(page.getByRole('heading', { name: 'Filtered 1' })).toBeVisible();
  await page.goBack();
  await expect(page.getByRole('row', { name: /Filtered \d/ })).toHaveCount(3);
  await page.reload();
  await expect(page.getByRole('button', { name: 'Pending' })).toHaveAttribute('aria-pressed', 'true');
});

test('all that match are cancelled, by a task whose progress shows', async ({ page, request, server }) => {
  const api = new Api(request, server.url);
  await api.createScheduled(600, 'Heap');
  await api.createScheduled(1, 'Other');
  await page.goto(`${server.url}tasks?q=batch%3AHeap`);
  await expect(page.getByText('600 tasks')).toBeVisible();
  await page.getByRole('checkbox', { name: 'Select all tasks of this page' }).check();
  await page.getByRole('button', { name: 'Select all 600 matching' }).click();
  await page.getByRole('region', { name: 'Selected tasks' }).getByRole('button', { name: 'Cancel' }).click();
  const dialog = page.getByRole('dialog', { name: '600 tasks will be cancelled' });
  await dialog.getByRole('textbox').fill('not needed');
  await dialog.getByRole('button', { name: 'Cancel tasks' }).click();
  await expect(page.getByRole('region', { name: 'Activity' })).toContainText('Cancel 600 tasks');
  await expect(page.getByRole('region', { name: 'Activity' })).toContainText('Completed');
  await expect(page.getByRole('row', { name: /Heap/ }).first()).toContainText('Cancelled');
  expect(await api.count({ statuses: ['CANCELLED'], metadata: { batch: 'Heap' } })).toBe(600);
  expect(await api.count({ statuses: ['PENDING'], metadata: { batch: 'Other' } })).toBe(1);
});

test('the keyboard alone finds, selects and cancels a task', async ({ page, request, server }) => {
  const api = new Api(request, server.url);
  await api.createScheduled(5, 'Keys');
  await page.goto(`${server.url}tasks`);
  await page.keyboard.press('/');
  await page.keyboard.type('Keys');
  await expect(page).toHaveURL(/q=Keys/);
  await expect(page.getByRole('row', { name: /Keys \d/ })).toHaveCount(5);
  await page.keyboard.press('Escape');
  for (const key of ['j', 'x', 'j', 'j', 'X', 'k']) {
    await page.keyboard.press(key);
  }
  await expect(page.getByText('3 selected')).toBeVisible();
  await page.keyboard.press('c');
  await expect(page.getByRole('dialog', { name: '3 tasks will be cancelled' })).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('row', { name: /Keys \d.*Cancelled|Cancelled.*Keys \d/ })).toHaveCount(3);
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toContainText('Previous row');
});

test('a list stands still while its updates are paused, and shows them after', async ({ page, request, server }) => {
  const api = new Api(request, server.url);
  const [first, second] = await api.createScheduled(2, 'Still');
  await page.goto(`${server.url}tasks?q=batch%3AStill`);
  await expect(page.getByRole('status', { name: 'Connection' }).first()).toHaveText('Live');
  const row = (n: number) => page.getByRole('row', { name: `Still ${n}` });
  await expect(row(0)).toContainText('Pending');
  await page.keyboard.press('f');
  await api.cancel([first!]);
  await api.cancel([second!]);
  await expect(page.getByRole('button', { name: 'Resume updates, 2 changed' })).toBeVisible();
  await expect(row(0)).toContainText('Pending');
  await page.keyboard.press('f');
  await expect(row(0)).toContainText('Cancelled');
  await expect(row(1)).toContainText('Cancelled');
});

test('numbers are shown, copied and found with every digit that is stored', async ({ page, request, server }) => {
  const metadata = '{"target": "PRODUCTS", "order": 9007199254740993, "rate": 0.12345678901234567891}';
  const input = `{"type": "EMBEDDING_GENERATION", "description": "Exact", "scheduledAt": "2099-01-01T00:00:00Z", "metadata": ${metadata}}`;
  const query = 'mutation ($input: CreateTaskInput!) { createTask(input: $input) { task { id } } }';
  const created = await request.post(`${server.url}graphql`, {
    headers: { 'Content-Type': 'application/json' },
    data: `{"query": "${query}", "variables": {"input": ${input}}}`,
  });
  await page.goto(`${server.url}tasks/${(await created.json()).data.createTask.task.id}`);
  const panel = page.getByRole('region', { name: 'Metadata' });
  await expect(panel).toContainText('9007199254740993');
  await expect(panel).toContainText('0.12345678901234567891');
  const original = page.url();
  await page.getByRole('button', { name: 'Clone' }).click();
  await page.getByRole('button', { name: 'Create copy' }).click();
  await expect(page).not.toHaveURL(original);
  await expect(panel).toContainText('9007199254740993');
  await expect(panel).toContainText('0.12345678901234567891');
  await page.goto(`${server.url}tasks?q=order%3A9007199254740993`);
  await expect(page.getByRole('row', { name: 'Exact' })).toHaveCount(2);
  await page.goto(`${server.url}tasks?q=order%3A9007199254740992`);
  await expect(page.getByText('No task matches')).toBeVisible();
});

test('a type gets a limit, and loses it', async ({ page, server }) => {
  await page.goto(`${server.url}types`);
  const change = (to: string) => page.getByRole('button', { name: `Limit of Import: ${to}. Change` });
  await change('None').click();
  await page.getByRole('spinbutton').fill('3');
  await page.getByRole('button', { name: 'Set limit' }).click();
  await change('3').click();
  await page.getByRole('spinbutton').fill('');
  await page.getByRole('button', { name: 'Set limit' }).click();
  await expect(change('None')).toBeVisible();
});
