import { type Page, expect, test } from '@playwright/test';

import { startServer } from '../server.ts';
import { fill } from './fill.ts';
import { databaseUrl, sql } from './psql.ts';

const rows = 1_000_000;
const rounds = 3;

const pages: Record<string, string> = {
  overview: '',
  'overview, week': '?window=week',
  tasks: 'tasks',
  'tasks, failed': 'tasks?status=FAILED',
  'tasks, by priority': 'tasks?sort=priority',
  'tasks, a week, one type': 'tasks?type=DATA_IMPORT&created=7d',
  'search: a word of many': 'tasks?q=invoice',
  'search: a word of one': 'tasks?q=invoice-777777',
  'search: metadata': 'tasks?q=tenant%3A7',
  'search: no match': 'tasks?q=zebra',
  'search: pending': 'tasks?status=PENDING&q=invoice-77',
  'search: by': 'tasks?q=by%3Aanna',
  documents: 'documents',
  products: 'products',
  types: 'types',
};

// From the first byte asked for to a page that shows its list and answers, in a browser that has the scripts or not.
test('every page with a million tasks', async ({ browser }) => {
  const server = await startServer('--database-url', databaseUrl());
  try {
    await fill(rows);
    const [task] = (await sql('SELECT id FROM tasks ORDER BY created_at DESC LIMIT 1')).split('\n');
    for (const [name, path] of Object.entries({ ...pages, task: `tasks/${task}` })) {
      const cold: Reading[] = [];
      const warm: Reading[] = [];
      for (let round = 0; round < rounds; round += 1) {
        const page = await browser.newPage();
        cold.push(await open(page, server.url + path));
        warm.push(await open(page, server.url + path));
        await page.close();
      }
      console.log(`${name.padEnd(26)} first visit ${show(cold)}   again ${show(warm)}   ${slowest(cold)}`);
    }
  } finally {
    await server.stop();
  }
});

interface Reading {
  painted: number; // ms, the first content
  interactive: number; // ms, the list
  answers: Record<string, number>; // ms, of each operation
}

async function open(page: Page, url: string): Promise<Reading> {
  const answers: Record<string, number> = {};
  page.on('requestfinished', (request) => {
    if (request.method() === 'POST') {
      answers[request.postDataJSON().operationName] = request.timing().responseEnd;
    }
  });
  await page.goto(url, { waitUntil: 'commit' });
  const times = await page.evaluate(waitForList);
  await expect(page.locator('main h1')).toBeVisible();
  await page.waitForLoadState('networkidle');
  return { ...times, answers };
}

// Runs in the page.
function waitForList(): Promise<{ painted: number; interactive: number }> {
  return new Promise((resolve) => {
    const look = () => {
      if (document.querySelector('main h1') !== null && document.querySelector('main [role=status][aria-busy=true]') === null) {
        // After the frame that shows it, when the page takes input.
        requestAnimationFrame(() => setTimeout(() => {
          const painted = performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0;
          resolve({ painted, interactive: performance.now() });
        }));
      } else {
        requestAnimationFrame(look);
      }
    };
    look();
  });
}

function show(readings: Reading[]): string {
  const median = (values: number[]) => Math.round(values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0);
  const painted = median(readings.map(({ painted }) => painted));
  const interactive = readings.map(({ interactive }) => interactive);
  return `painted ${painted}, interactive ${median(interactive)} (to ${Math.round(Math.max(...interactive))}) ms`;
}

function slowest(readings: Reading[]): string {
  const all = Object.entries(readings.at(-1)?.answers ?? {}).toSorted(([, a], [, b]) => b - a);
  return all.slice(0, 4).map(([name, ms]) => `${name} ${Math.round(ms)}`).join(', ');
}
