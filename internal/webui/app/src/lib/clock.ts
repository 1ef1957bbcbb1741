import { useSyncExternalStore } from 'react';

// One timer for everything on the page that shows how long ago something was. It rests while the page is hidden.
const listeners = new Set<() => void>();
let timer: number | undefined;

function tick(): void {
  if (!document.hidden) {
    listeners.forEach((listener) => listener());
  }
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= window.setInterval(tick, 1_000);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      window.clearInterval(timer);
      timer = undefined;
    }
  };
}

// Renders again only when what describe returns changes.
export function useNow<T extends string | number | boolean | null>(describe: (now: number) => T): T {
  return useSyncExternalStore(subscribe, () => describe(Date.now()));
}
