import { useEffect, useRef } from 'react';

import { createStore } from './store';

// Single keys and sequences of two ("g t"). They rest while someone types, in dialogs, and with Ctrl, Alt or Meta.
export interface Shortcut {
  keys: string;
  label: string;
  group: 'anywhere' | 'tasks' | 'task';
  run: () => void;
}

export const shortcuts = createStore<readonly Shortcut[]>([]);

const within = 1_000; // ms between the keys of a sequence
let prefix = '';
let prefixAt = 0;

export function useShortcuts(own: Shortcut[]): void {
  const latest = useRef(own);
  latest.current = own;
  const names = own.map(({ keys }) => keys).join();
  useEffect(() => {
    const added = latest.current.map((shortcut, i) => ({ ...shortcut, run: () => latest.current[i]?.run() }));
    shortcuts.set((now) => [...now, ...added]);
    return () => shortcuts.set((now) => now.filter((one) => !added.includes(one)));
  }, [names]);
}

export function startKeyboard(): void {
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented || isBusy(event)) {
      return;
    }
    const now = performance.now();
    const sequence = prefix !== '' && now - prefixAt < within ? `${prefix} ${event.key}` : event.key;
    prefix = '';
    const all = shortcuts.get();
    const found = all.findLast(({ keys }) => keys === sequence) ?? all.findLast(({ keys }) => keys === event.key);
    if (found !== undefined) {
      event.preventDefault();
      found.run();
    } else if (all.some(({ keys }) => keys.startsWith(`${event.key} `))) {
      prefix = event.key;
      prefixAt = now;
    }
  });
}

// A key that an element under the focus means for itself is none of ours.
function isBusy({ target, key }: KeyboardEvent): boolean {
  if (!(target instanceof Element)) {
    return false;
  }
  const typing = target.closest('input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]');
  const pressing = key === 'Enter' && target.closest('a, button, summary, input');
  return typing !== null || Boolean(pressing) || document.querySelector('dialog[open]') !== null;
}
