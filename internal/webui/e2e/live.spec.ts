import type { Locator, Page, WebSocketRoute } from '@playwright/test';

import { Api } from './api.ts';
import { expect, test } from './test.ts';

// The cable between the page and the server, to be pulled out.
class Cable {
  private sockets: WebSocketRoute[] = [];
  private whole = true;

  async lay(page: Page): Promise<void> {
    await page.routeWebSocket(/\/graphql$/, (socket) => {
      if (this.whole) {
        socket.connectToServer();
        this.sockets.push(socket);
      } else {
        void socket.close({ code: 1011 });
      }
    });
  }

  async cut(): Promise<void> {
    this.whole = false;
    await Promise.all(this.sockets.splice(0).map((socket) => socket.close({ code: 1011 })));
  }

  mend(): void {
    this.whole = true;
  }
}

const badge = (page: Page) => page.getByRole('status', { name: 'Connection' }).first();

test('without its websocket the page says so, polls, and has missed nothing when it is back', async ({
  page,
  request,
  server,
}) => {
  const api = new Api(request, server.url);
  const [first, second, third] = await api.createScheduled(3, 'Cut');
  const cable = new Cable();
  await cable.lay(page);
  await page.goto(`${server.url}tasks?q=batch%3ACut`);
  await expect(badge(page)).toHaveText('Live');
  const row = (n: number) => page.getByRole('row', { name: `Cut ${n}` });
  await expect(row(0)).toContainText('Pending');
  await api.cancel([first!]);
  await expect(row(0), 'pushed').toContainText('Cancelled');

  const said = await listen(badge(page));
  await cable.cut();
  await api.cancel([second!]); // most often before the page polls: the feed has to tell of it, or the poll
  await expect(badge(page)).toHaveText('Polling every 5 s');
  expect(await said()).toEqual(['Reconnecting…', 'Polling every 5 s']);
  await expect(row(1), 'polled').toContainText('Cancelled');

  await page.route('**/graphql', (route) => route.abort()); // from here on only the feed can tell
  await api.cancel([third!]);
  cable.mend();
  await expect(badge(page)).toHaveText('Live');
  await expect(row(2), 'resumed from the cursor').toContainText('Cancelled');
});

// Notes what a place says from now on: a glance may come too late for what does not stay.
async function listen(place: Locator): Promise<() => Promise<string[]>> {
  const said = await place.evaluateHandle((element) => {
    const texts: string[] = [];
    const note = () => element.textContent && texts.at(-1) !== element.textContent && texts.push(element.textContent);
    new MutationObserver(note).observe(element, { characterData: true, childList: true, subtree: true });
    return texts;
  });
  return () => said.jsonValue();
}

test('a cursor that is too old makes the page ask for everything', async ({ page, request, server }) => {
  const api = new Api(request, server.url);
  const [only] = await api.createScheduled(1, 'Expired');
  let refused = 0;
  await page.routeWebSocket(/\/graphql$/, (socket) => {
    const upstream = socket.connectToServer();
    socket.onMessage((message) => {
      const { id, type, payload } = JSON.parse(message.toString());
      if (
        type === 'subscribe' &&
        payload.operationName === 'WatchTasks' &&
        payload.variables.snapshot &&
        refused === 0
      ) {
        refused += 1;
        const errors = [{ message: 'Too much has happened.', extensions: { code: 'CURSOR_EXPIRED' } }];
        socket.send(JSON.stringify({ id, type: 'error', payload: errors }));
      } else {
        upstream.send(message);
      }
    });
  });
  await page.goto(`${server.url}tasks?q=batch%3AExpired`);
  const row = page.getByRole('row', { name: 'Expired 0' });
  await expect(row).toContainText('Pending');
  await expect.poll(() => refused).toBe(1);
  await api.cancel([only!]);
  await expect(row).toContainText('Cancelled');
});

test('a hidden page closes its socket, and catches up when it is seen again', async ({ page, request, server }) => {
  const api = new Api(request, server.url);
  const [only] = await api.createScheduled(1, 'Asleep');
  await page.clock.install();
  await page.goto(`${server.url}tasks?q=batch%3AAsleep`);
  await expect(badge(page)).toHaveText('Live');
  const row = page.getByRole('row', { name: 'Asleep 0' });
  await expect(row).toContainText('Pending');
  await setHidden(page, true);
  await page.clock.fastForward(60_000);
  await expect(badge(page)).toHaveText('Paused');
  await api.cancel([only!]);
  await setHidden(page, false);
  await expect(badge(page)).toHaveText('Live');
  await expect(row).toContainText('Cancelled');
});

async function setHidden(page: Page, hidden: boolean): Promise<void> {
  await page.evaluate((value) => {
    Object.defineProperty(document, 'hidden', { value, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden);
}
