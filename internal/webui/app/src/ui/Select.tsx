import './select.css';

interface Props<T extends string> {
  label: string;
  value: T;
  options: Record<T, string>;
  onChange: (value: T) => void;
}

export function Select<T extends string>({ label, value, options, onChange }: Props<T>) {
  return (
    <select
      className="button select"
      aria-label={label}
      value={value}
      onChange={(event) => onChange(event.target.value as T)}
    >
      {Object.entries(options).map(([name, text]) => (
        <option key={name} value={name}>
          {text as string}
        </option>
      ))}
    </select>
  );
}
