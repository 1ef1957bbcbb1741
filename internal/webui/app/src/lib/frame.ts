// Collects what arrives, and hands it over in an animation frame: at once what comes alone, and ten times a second what
// comes without end. Nobody reads faster, and each time costs a rendering. Frames rest while the page is hidden, so a
// timer stands behind them.
export interface FrameBatch<T> {
  add(item: T): void;
  flush(): void;
}

const apart = 100; // ms from one delivery to the next
const slowest = 250; // ms to wait for a frame

export function createFrameBatch<T>(deliver: (items: T[]) => void): FrameBatch<T> {
  let items: T[] = [];
  let frame = 0;
  let timer: number | undefined;
  let deliveredAt = Number.NEGATIVE_INFINITY;
  const flush = () => {
    cancelAnimationFrame(frame);
    window.clearTimeout(timer);
    const ready = items;
    items = [];
    if (ready.length > 0) {
      deliveredAt = performance.now();
      deliver(ready);
    }
  };
  const waitForFrame = () => {
    frame = requestAnimationFrame(flush);
    timer = window.setTimeout(flush, slowest);
  };
  return {
    add(item) {
      items.push(item);
      if (items.length === 1) {
        timer = window.setTimeout(waitForFrame, Math.max(0, deliveredAt + apart - performance.now()));
      }
    },
    flush,
  };
}
