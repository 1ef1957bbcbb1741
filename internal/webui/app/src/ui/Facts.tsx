import { type ReactNode, useId } from 'react';

export type Fact = [string, ReactNode];

// A panel of names and values; what has no value is left out.
export function Facts({ title, facts }: { title: string; facts: Fact[] }) {
  const id = useId();
  return (
    <section className="panel" aria-labelledby={id}>
      <header>
        <h2 id={id}>{title}</h2>
      </header>
      <dl className="body facts">
        {facts
          .filter(([, value]) => value !== null && value !== undefined && value !== false && value !== '')
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
    </section>
  );
}
