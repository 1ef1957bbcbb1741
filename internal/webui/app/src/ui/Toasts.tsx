import './toast.css';

import { createStore, useStore } from '../lib/store';
import { m } from '../messages';
import { IconButton } from './Button';

interface Toast {
  id: number;
  text: string;
}

const toasts = createStore<Toast[]>([]);
let last = 0;

// Says something in passing, to screen readers too.
export function toast(text: string): void {
  last += 1;
  const id = last;
  toasts.set((now) => [...now.slice(-2), { id, text }]);
  window.setTimeout(() => dismiss(id), 6_000);
}

const dismiss = (id: number) => toasts.set((now) => now.filter((one) => one.id !== id));

export function Toasts() {
  return (
    <div className="toasts" role="status">
      {useStore(toasts).map(({ id, text }) => (
        <div key={id} className="toast">
          {text}
          <IconButton icon="close" label={m.common.dismiss} onClick={() => dismiss(id)} />
        </div>
      ))}
    </div>
  );
}
