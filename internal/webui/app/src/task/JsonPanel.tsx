import { useId } from 'react';

import { restoreDigits } from '../lib/exact';
import { CopyButton } from '../ui/CopyButton';
import { JsonTree } from '../ui/JsonTree';

export function JsonPanel({ title, value, empty }: { title: string; value: unknown; empty: string }) {
  const id = useId();
  const isEmpty = value == null || (typeof value === 'object' && Object.keys(value).length === 0);
  return (
    <section className="panel" aria-labelledby={id}>
      <header>
        <h2 id={id}>{title}</h2>
        {!isEmpty && <CopyButton text={restoreDigits(JSON.stringify(value, null, 2))} />}
      </header>
      <div className="body">{isEmpty ? <p className="faint">{empty}</p> : <JsonTree value={value} />}</div>
    </section>
  );
}
