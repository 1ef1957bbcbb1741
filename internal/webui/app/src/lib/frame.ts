// Collects what arrives between two frames, and hands it over once. Frames rest while the page is hidden, so a timer
// stands behind them.
export interface FrameBatch<T> {
  add(item: T): void;
  flush(): void;
}

const slowest = 250; // ms

export function createFrameBatch<T>(deliver: (items: T[]) => void): FrameBatch<T> {
  let items: T[] = [];
  let frame = 0;
  let timer: number | undefined;
  const flush = () => {
    cancelAnimationFrame(frame);
    window.clearTimeout(timer);
    const ready = items;
    items = [];
    if (ready.length > 0) {
      deliver(ready);
    }
  };
  return {
    add(item) {
      items.push(item);
      if (items.length === 1) {
        frame = requestAnimationFrame(flush);
        timer = window.setTimeout(flush, slowest);
      }
    },
    flush,
  };
}
