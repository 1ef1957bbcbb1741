import { type KeyboardEvent, type RefObject, useEffect, useRef, useState } from 'react';

import { useShortcuts } from '../lib/keyboard';
import { m } from '../messages';
import { Icon } from './Icon';

interface Props {
  label: string;
  hint: string;
  help?: string;
  value: string;
  onChange: (value: string) => void;
}

const pause = 250; // ms without a key, before searching

// Escape leads back to the list, and keeps the search, which a browser would clear.
function leave(event: KeyboardEvent<HTMLInputElement>): void {
  if (event.key === 'Escape') {
    event.preventDefault();
    event.currentTarget.blur();
  }
}

// Searches while someone types.
export function SearchBox({ label, hint, help, value, onChange }: Props) {
  const [text, setText] = useState(value);
  const input: RefObject<HTMLInputElement | null> = useRef(null);
  useShortcuts([{ keys: '/', label: m.keys.search, group: 'tasks', run: () => input.current?.focus() }]);
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (text === value) {
      return undefined;
    }
    const timer = window.setTimeout(() => onChange(text), pause);
    return () => window.clearTimeout(timer);
  }, [text, value, onChange]);
  return (
    <div className="search-box">
      <Icon name="search" size={14} />
      <input
        ref={input}
        type="search"
        className="input"
        aria-label={label}
        aria-description={help}
        title={help}
        placeholder={hint}
        maxLength={200}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={leave}
      />
      <kbd aria-hidden="true">/</kbd>
    </div>
  );
}
