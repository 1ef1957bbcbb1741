import './json.css';

import { exactDigits } from '../lib/exact';
import { m } from '../messages';

const many = 100; // entries of one object or list that are drawn
const deep = 2; // levels that are open at first

// A JSON value as a tree whose branches fold.
export function JsonTree({ value }: { value: unknown }) {
  return (
    <div className="json">
      <Value value={value} depth={0} />
    </div>
  );
}

function Value({ value, depth }: { value: unknown; depth: number }) {
  const digits = exactDigits(value);
  if (digits !== undefined) {
    return <code className="json-number">{digits}</code>;
  }
  if (typeof value !== 'object' || value === null) {
    return (
      <code className={`json-${value === null ? 'null' : typeof value}`}>
        {typeof value === 'string' ? value : JSON.stringify(value)}
      </code>
    );
  }
  const entries = Object.entries(value);
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  if (entries.length === 0) {
    return <code className="json-null">{open + close}</code>;
  }
  const list = <Entries entries={entries} depth={depth} />;
  return depth === 0 ? (
    list
  ) : (
    <details open={depth < deep && entries.length <= 12}>
      <summary>
        <code className="json-null">
          {open} {m.task.items(entries.length)} {close}
        </code>
      </summary>
      {list}
    </details>
  );
}

function Entries({ entries, depth }: { entries: [string, unknown][]; depth: number }) {
  return (
    <ul>
      {entries.slice(0, many).map(([key, value]) => (
        <li key={key}>
          <code className="json-key">{key}</code>
          <Value value={value} depth={depth + 1} />
        </li>
      ))}
      {entries.length > many && <li className="faint">{m.task.more(entries.length - many)}</li>}
    </ul>
  );
}
