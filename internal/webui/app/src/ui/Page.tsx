import './page.css';

import { type ReactNode, useEffect } from 'react';

import { m } from '../messages';

interface Props {
  title: string;
  heading?: ReactNode;
  aside?: ReactNode; // beside the heading
  actions?: ReactNode;
  children: ReactNode;
}

export function Page({ title, heading, aside, actions, children }: Props) {
  useEffect(() => {
    document.title = `${title} · ${m.product}`;
  }, [title]);
  return (
    <>
      <header className="page-header">
        <h1>{heading ?? title}</h1>
        {aside}
        {actions && <div className="actions">{actions}</div>}
      </header>
      {children}
    </>
  );
}
