import { createStore } from '../lib/store';

// Who reads a list can have it stand still. What the feed tells meanwhile is kept, the last of each task, and shown after.

// How many tasks have changed since the page stands still; undefined while it does not.
export const held = createStore<number | undefined>(undefined);

export function hold(): void {
  held.set((now) => now ?? 0);
}

export function release(): void {
  held.set(undefined);
}

export interface Gate<T> {
  pass(updates: T[]): void;
  close(): void; // lets through what is kept, and ends
}

export function createGate<T extends { taskId: string }>(deliver: (updates: T[]) => void): Gate<T> {
  const kept = new Map<string, T>();
  const flush = () => {
    const updates = [...kept.values()];
    kept.clear();
    if (updates.length > 0) {
      deliver(updates);
    }
  };
  const unsubscribe = held.subscribe(() => held.get() === undefined && flush());
  return {
    pass(updates) {
      if (held.get() === undefined) {
        deliver(updates);
        return;
      }
      updates.forEach((update) => kept.set(update.taskId, update));
      held.set(kept.size);
    },
    close() {
      unsubscribe();
      flush();
    },
  };
}
