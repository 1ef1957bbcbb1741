import type { CDPSession, Page } from '@playwright/test';

// What one stretch of time cost the browser. Milliseconds are of the main thread, or of all threads of a process, a second.
export interface Reading {
  fps: number;
  medianFrame: number; // ms
  slowFrames: number; // percent that took longer than 25 ms
  script: number;
  style: number;
  layout: number;
  tasks: number; // the main thread, all in all
  renderer: number; // all threads of it
  others: number; // painting and compositing elsewhere: the GPU process, which draws in software here, and the browser's
  heap: number; // MB after a collection
}

type Snapshot = Record<string, number>;

export class Gauge {
  private readonly page: Page;
  private readonly cdp: CDPSession; // of the page
  private readonly root: CDPSession; // of the browser

  private constructor(page: Page, cdp: CDPSession, root: CDPSession) {
    this.page = page;
    this.cdp = cdp;
    this.root = root;
  }

  static async on(page: Page): Promise<Gauge> {
    const cdp = await page.context().newCDPSession(page);
    await cdp.send('Performance.enable', { timeDomain: 'threadTicks' });
    return new Gauge(page, cdp, await page.context().browser()!.newBrowserCDPSession());
  }

  async read(seconds: number): Promise<Reading> {
    const before = await this.snapshot();
    const frames = await this.page.evaluate(countFrames, seconds * 1000);
    const after = await this.snapshot();
    const spent = (name: string) => ((after[name] ?? 0) - (before[name] ?? 0)) / ((after.at! - before.at!) / 1000);
    await this.cdp.send('HeapProfiler.collectGarbage');
    return {
      ...frames,
      script: spent('ScriptDuration'),
      style: spent('RecalcStyleDuration'),
      layout: spent('LayoutDuration'),
      tasks: spent('TaskDuration'),
      renderer: spent('renderer'),
      others: spent('others'),
      heap: ((await this.snapshot()).JSHeapUsedSize ?? 0) / 1000 / 1e6,
    };
  }

  private async snapshot(): Promise<Snapshot> {
    const { metrics } = await this.cdp.send('Performance.getMetrics');
    const { processInfo } = await this.root.send('SystemInfo.getProcessInfo');
    const cpu = (own: boolean) =>
      processInfo.filter(({ type }) => (type === 'renderer') === own).reduce((sum, one) => sum + one.cpuTime * 1000, 0);
    const measured = Object.fromEntries(metrics.map(({ name, value }) => [name, value * 1000]));
    return { ...measured, at: performance.now(), renderer: cpu(true), others: cpu(false) };
  }
}

// Runs in the page.
function countFrames(milliseconds: number): Promise<Pick<Reading, 'fps' | 'medianFrame' | 'slowFrames'>> {
  return new Promise((resolve) => {
    const took: number[] = [];
    const began = performance.now();
    let last = began;
    const frame = (now: number) => {
      took.push(now - last);
      last = now;
      if (now - began < milliseconds) {
        requestAnimationFrame(frame);
        return;
      }
      took.sort((a, b) => a - b);
      resolve({
        fps: (took.length * 1000) / (now - began),
        medianFrame: took[took.length >> 1] ?? 0,
        slowFrames: (100 * took.filter((ms) => ms > 25).length) / took.length,
      });
    };
    requestAnimationFrame(frame);
  });
}

export const report = (name: string, reading: Reading): void =>
  console.log(
    `${name.padEnd(24)} ${Object.entries(reading)
      .map(([key, value]) => `${key} ${value.toFixed(1)}`)
      .join('  ')}`,
  );
