import { useEffect, useState } from 'react';
import { useLocation } from 'wouter';

import { useShortcuts } from '../lib/keyboard';
import { m } from '../messages';
import type { Action } from './actions';

interface Options {
  ids: readonly string[];
  onToggle: (id: string, shift: boolean) => void;
  onAction: (action: Action, at: string | null) => void;
  onClear: () => void;
}

// The keys of a list. Returns the row at which they are.
export function useListKeys({ ids, onToggle, onAction, onClear }: Options): string | null {
  const [, go] = useLocation();
  const [active, setActive] = useState<string | null>(null);
  const index = active === null ? -1 : ids.indexOf(active);
  const move = (step: number) => setActive(ids[Math.min(Math.max(index + step, 0), ids.length - 1)] ?? null);
  const group = 'tasks' as const;
  useShortcuts([
    { keys: 'j', label: m.keys.down, group, run: () => move(1) },
    { keys: 'k', label: m.keys.up, group, run: () => move(-1) },
    { keys: 'x', label: m.keys.select, group, run: () => active !== null && onToggle(active, false) },
    { keys: 'X', label: m.keys.selectTo, group, run: () => active !== null && onToggle(active, true) },
    { keys: 'Enter', label: m.keys.open, group, run: () => index >= 0 && go(`/tasks/${active}`) },
    { keys: 'r', label: m.bulk.retry, group, run: () => onAction('retry', active) },
    { keys: 'c', label: m.bulk.cancel, group, run: () => onAction('cancel', active) },
    { keys: 'p', label: m.bulk.priority, group, run: () => onAction('priority', active) },
    { keys: 'Escape', label: m.bulk.clear, group, run: onClear },
  ]);
  useEffect(() => {
    if (active !== null) {
      document.querySelector(`tr[data-id="${CSS.escape(active)}"]`)?.scrollIntoView({ block: 'nearest' });
    }
  }, [active]);
  return index < 0 ? null : active;
}
