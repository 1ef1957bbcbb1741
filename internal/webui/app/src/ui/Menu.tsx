import './menu.css';

import { type ReactNode, useEffect, useRef } from 'react';

import { Icon } from './Icon';

interface Props {
  label: string;
  value?: string;
  children: ReactNode;
}

// A button that unfolds a small panel. A click elsewhere or Escape folds it.
export function Menu({ label, value, children }: Props) {
  const details = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const fold = (event: Event) => {
      const node = details.current;
      const away = event instanceof KeyboardEvent ? event.key === 'Escape' : !node?.contains(event.target as Node);
      if (node?.open && away) {
        node.open = false;
        if (event instanceof KeyboardEvent) {
          node.querySelector('summary')?.focus();
        }
      }
    };
    document.addEventListener('pointerdown', fold);
    document.addEventListener('keydown', fold);
    return () => {
      document.removeEventListener('pointerdown', fold);
      document.removeEventListener('keydown', fold);
    };
  }, []);
  return (
    <details ref={details} className="menu">
      <summary className="button">
        {label}
        {value && <span className="menu-value">{value}</span>}
        <Icon name="down" size={12} />
      </summary>
      <div className="menu-panel">{children}</div>
    </details>
  );
}
