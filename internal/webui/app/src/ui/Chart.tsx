import './chart.css';

import { type PointerEvent, useState } from 'react';

import { line, niceTop, stack } from './scale';

export interface Series {
  name: string;
  tone: string; // of chart.css
  values: readonly (number | null)[];
  total: string; // of the whole window
}

interface Props {
  label: string;
  times: readonly string[]; // what each place stands for
  bars?: readonly Series[];
  lines?: readonly Series[];
  format: (value: number) => string;
}

// Bars, lines, or both, over time. The head tells the figures of the place under the pointer, and a table tells all of
// them to whoever does not see.
export function Chart({ label, times, bars = [], lines = [], format }: Props) {
  const [at, setAt] = useState<number>();
  const all = [...bars, ...lines];
  const sums = times.map((_, i) => bars.reduce((sum, { values }) => sum + (values[i] ?? 0), 0));
  const top = niceTop(Math.max(...sums, ...lines.flatMap(({ values }) => values.map((value) => value ?? 0))));
  const place = 100 / times.length;
  const point = (event: PointerEvent) => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    setAt(Math.min(Math.max(Math.floor(((event.clientX - left) / width) * times.length), 0), times.length - 1));
  };
  return (
    <figure className="chart" aria-label={label}>
      <div className="chart-head" aria-hidden="true">
        {all.map(({ name, tone, values, total }) => (
          <span key={name} className={`legend tone-${tone}`}>
            <span>
              {name} {at === undefined ? total : tell(values[at], format)}
            </span>
          </span>
        ))}
        {at !== undefined && <time>{times[at]}</time>}
      </div>
      <div className="chart-area" aria-hidden="true" onPointerMove={point} onPointerLeave={() => setAt(undefined)}>
        <svg viewBox="0 0 100 100" preserveAspectRatio="none">
          {[0, 50, 100].map((y) => (
            <path key={y} className="chart-grid" d={`M0 ${y}H100`} />
          ))}
          {at !== undefined && <rect className="chart-cursor" x={at * place} y="0" width={place} height="100" />}
          {stack(
            bars.map(({ values }) => values),
            top,
          ).map((places, s) => (
            <g key={bars[s]?.name} className={`tone-${bars[s]?.tone}`}>
              {places.map((bar, i) => bar.height > 0 && <rect key={i} className="chart-bar" {...bar} />)}
            </g>
          ))}
          {lines.map(({ name, tone, values }) => (
            <g key={name} className={`tone-${tone}`}>
              <path className="chart-line" d={line(values, top)} />
            </g>
          ))}
        </svg>
        <span className="chart-top">{format(top)}</span>
      </div>
      <div className="chart-axis" aria-hidden="true">
        <span>{times[0]}</span>
        <span>{times[Math.floor(times.length / 2)]}</span>
        <span>{times.at(-1)}</span>
      </div>
      <Figures label={label} times={times} series={all} format={format} />
    </figure>
  );
}

function Figures({
  label,
  times,
  series,
  format,
}: {
  label: string;
  times: readonly string[];
  series: readonly Series[];
  format: Props['format'];
}) {
  return (
    <div className="hidden">
      <table>
        <caption>{label}</caption>
        <thead>
          <tr>
            <td />
            {series.map(({ name }) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {times.map((time, i) => (
            <tr key={time + i}>
              <th scope="row">{time}</th>
              {series.map(({ name, values }) => (
                <td key={name}>{tell(values[i], format)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const tell = (value: number | null | undefined, format: Props['format']): string =>
  value == null ? '–' : format(value);
