import { expect, test } from '@playwright/test';

import { startServer } from '../server.ts';
import { Gauge, report } from './gauge.ts';
import { databaseUrl } from './psql.ts';
import { Worker } from './worker.ts';

const seconds = Number(process.env.MEASURE_SECONDS ?? 20);
const rows = 50;

// 50 visible rows, each of which changes four times a second.
test('200 updates a second on a visible list', async ({ page }) => {
  const server = await startServer('--database-url', databaseUrl());
  const worker = await Worker.begin(rows);
  try {
    await page.goto(`${server.url}tasks?status=RUNNING`);
    await expect(page.locator('tbody tr')).toHaveCount(rows);
    await expect(page.getByRole('status', { name: 'Connection' }).first()).toHaveText('Live');
    const gauge = await Gauge.on(page);
    report('nothing changes', await gauge.read(10));
    worker.start(4);
    await gauge.read(3);
    for (let left = seconds; left > 0; left -= 20) {
      const [before, at] = [await worker.changes(), performance.now()];
      const reading = await gauge.read(Math.min(left, 20));
      const rate = ((await worker.changes()) - before) / ((performance.now() - at) / 1000);
      report(`${rate.toFixed(0)} updates/s`, reading);
    }
  } finally {
    await worker.end();
    await server.stop();
  }
});
