import { longDocument } from './api.ts';
import { expect, test } from './test.ts';

test('a dropped document is uploaded, and its bar moves until it is completed', async ({ page, server }) => {
  await page.goto(`${server.url}tasks`);
  const percents = watchBar(page.getByRole('region', { name: 'Activity' }));
  const transfer = await page.evaluateHandle((text) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([text], 'pumps.md', { type: 'text/markdown' }));
    return transfer;
  }, longDocument('A pump moves water').repeat(40));
  await page.dispatchEvent('body', 'dragenter', { dataTransfer: transfer });
  await expect(page.getByText('Drop to upload')).toBeVisible();
  await page.dispatchEvent('body', 'drop', { dataTransfer: transfer });
  const tray = page.getByRole('region', { name: 'Activity' });
  await expect(tray).toContainText('pumps.md');
  await expect(tray).toContainText('Completed');
  const seen = await percents();
  expect(new Set(seen).size, `the bar stood at ${seen.join()}`).toBeGreaterThan(2);
  expect(seen.at(-1)).toBe(100);
  await tray.getByRole('link', { name: 'pumps.md' }).click();
  await expect(page.getByRole('heading', { name: 'Process pumps.md' })).toBeVisible();
  await expect(page.getByRole('region', { name: 'Outcome' })).toContainText('Chunks');
});

test('a CSV file is shown before it is sent, and imported', async ({ page, server }) => {
  await page.goto(`${server.url}tasks`);
  await expect(page.getByRole('button', { name: 'Upload' }).first()).toBeVisible(); // it is known what the viewer may do
  const chosen = page.waitForEvent('filechooser');
  await page.keyboard.press('u');
  const csv = 'SKU,Title,Price\nE-1,"Pump, ""strong""",19.90\nE-2,Valve,on request\n';
  await (await chosen).setFiles({ name: 'shop.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) });
  const dialog = page.getByRole('dialog', { name: 'What is shop.csv?' });
  await expect(dialog.getByRole('cell', { name: 'Pump, "strong"' })).toBeVisible();
  await dialog.getByRole('button', { name: 'Import as products' }).click();
  const tray = page.getByRole('region', { name: 'Activity' });
  await expect(tray).toContainText('Completed');
  await tray.getByRole('link', { name: 'shop.csv' }).click();
  const outcome = page.getByRole('region', { name: 'Outcome' });
  await expect(outcome).toContainText('The amount is not a number.');
  await expect(page.getByRole('region', { name: 'Dependencies' })).toContainText('Generate missing vector');
});

// Notes each value of the first bar in region, until it is asked for them.
function watchBar(region: import('@playwright/test').Locator): () => Promise<number[]> {
  const page = region.page();
  const started = page.evaluate(() => {
    const seen: number[] = [];
    Object.assign(window, { seen });
    const note = () => {
      const bar = document.querySelector('section[aria-label="Activity"] [role="progressbar"][aria-label="Progress"]');
      const value = bar && Number(bar.getAttribute('aria-valuenow'));
      if (value !== null && seen.at(-1) !== value) {
        seen.push(value);
      }
      requestAnimationFrame(note);
    };
    note();
  });
  return async () => {
    await started;
    return page.evaluate(() => (window as unknown as { seen: number[] }).seen);
  };
}

test('a large file that breaks off goes on where it was', async ({ page, server }) => {
  await page.goto(`${server.url}tasks`);
  await expect(page.getByRole('button', { name: 'Upload' }).first()).toBeVisible();
  const pieces: { offset: number; sent: boolean }[] = [];
  await page.route('**/api/v1/uploads/*', async (route) => {
    const { 'upload-offset': offset } = route.request().headers();
    const breaks = offset !== undefined && pieces.length === 1;
    if (offset !== undefined) {
      pieces.push({ offset: Number(offset), sent: !breaks });
    }
    await (breaks ? route.abort() : route.continue());
  });
  const chosen = page.waitForEvent('filechooser');
  await page.keyboard.press('u');
  const text = longDocument('A pump moves a lot of water').slice(0, 20_000).padEnd(9_500_000, ' \n');
  await (await chosen).setFiles({ name: 'größe.md', mimeType: 'text/markdown', buffer: Buffer.from(text) });
  const tray = page.getByRole('region', { name: 'Activity' });
  await expect(tray).toContainText('größe.md');
  await expect(tray).toContainText('Completed');
  expect(pieces.map(({ offset }) => offset / 4_194_304)).toEqual([0, 1, 1, 2]);
  await tray.getByRole('link', { name: 'größe.md' }).click();
  await expect(page.getByRole('heading', { name: 'Process größe.md' })).toBeVisible();
});
