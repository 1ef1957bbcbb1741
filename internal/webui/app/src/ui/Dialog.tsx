import './dialog.css';

import { type FormEvent, type ReactNode, useEffect, useId, useRef } from 'react';

import { m } from '../messages';
import { IconButton } from './Button';

interface Props {
  title: string;
  onClose: () => void;
  onSubmit?: () => void;
  wide?: boolean;
  footer?: ReactNode;
  children: ReactNode;
}

// A modal dialog while it is rendered: the browser keeps the focus within, and closes it on Escape. The focus begins at
// what has data-focus, and goes back to where it was.
export function Dialog({ title, onClose, onSubmit, wide = false, footer, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const opener = document.activeElement;
    dialog.current?.showModal();
    dialog.current?.querySelector<HTMLElement>('[data-focus]')?.focus();
    return () => {
      if (opener instanceof HTMLElement) {
        opener.focus();
      }
    };
  }, []);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSubmit?.();
  };
  return (
    <dialog
      ref={dialog}
      className={wide ? 'dialog wide' : 'dialog'}
      aria-labelledby={id}
      onClose={onClose}
      onClick={(event) => event.target === dialog.current && dialog.current.close()}
    >
      <form onSubmit={submit}>
        <header>
          <h2 id={id}>{title}</h2>
          <IconButton icon="close" label={m.common.close} onClick={() => dialog.current?.close()} />
        </header>
        {children}
        {footer && <footer>{footer}</footer>}
      </form>
    </dialog>
  );
}
