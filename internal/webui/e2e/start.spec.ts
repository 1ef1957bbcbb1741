import { expect, screenshot, test } from './test.ts';

for (const colorScheme of ['light', 'dark'] as const) {
  test(`the start page opens, ${colorScheme}`, async ({ page, server }) => {
    await page.emulateMedia({ colorScheme });
    await page.goto(server.url);
    await expect(page.getByRole('heading', { name: 'Taskwire' })).toBeVisible();
    await screenshot(page, `start-${colorScheme}`);
  });
}

test('the start page fits a phone and leads to GraphiQL', async ({ page, server }) => {
  await page.setViewportSize({ width: 320, height: 640 });
  await page.goto(server.url);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320);
  await screenshot(page, 'start-phone');
  await page.getByRole('link', { name: 'Open GraphiQL' }).click();
  await expect(page).toHaveURL(`${server.url}graphiql`);
});
