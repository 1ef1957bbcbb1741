import './figures.css';

import type { ReactNode } from 'react';

// A name and a value; what has none is left out.
export type Figure = [string, ReactNode];

export function Figures({ figures }: { figures: Figure[] }) {
  return (
    <dl className="figures">
      {figures
        .filter(([, value]) => value !== null && value !== undefined && value !== '')
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}
