import './state.css';

import type { ReactNode } from 'react';
import type { CombinedError } from 'urql';

import { m } from '../messages';
import { Button } from './Button';
import { Icon, type IconName } from './Icon';

// What stands where there is nothing to show.
export function Empty({ icon, title, children }: { icon: IconName; title: string; children?: ReactNode }) {
  return (
    <div className="state">
      <Icon name={icon} />
      <h2>{title}</h2>
      {children}
    </div>
  );
}

export function Failure({ error, onRetry }: { error: CombinedError; onRetry: () => void }) {
  return (
    <div className="state" role="alert">
      <Icon name="warning" />
      <h2>{m.errors.title}</h2>
      <p>{explain(error)}</p>
      <Button icon="retry" onClick={onRetry}>
        {m.common.retry}
      </Button>
    </div>
  );
}

// The API's errors are sentences for people.
export function explain(error: CombinedError): string {
  return error.graphQLErrors.map(({ message }) => message).join(' ') || m.errors.network;
}

export function Bones({ rows }: { rows: number }) {
  return (
    <div className="bones" aria-busy="true" aria-label={m.common.loading} role="status">
      {Array.from({ length: rows }, (_, i) => (
        <span key={i} className="bone" />
      ))}
    </div>
  );
}
