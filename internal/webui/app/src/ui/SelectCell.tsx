import { useEffect, useRef } from 'react';

interface PageProps {
  label: string;
  selected: number;
  of: number; // rows of the page
  onToggle: () => void;
}

// The header's cell, which selects all rows of the page.
export function SelectPageCell({ label, selected, of, onToggle }: PageProps) {
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (box.current) {
      box.current.indeterminate = selected > 0 && selected < of; // no attribute says it
    }
  });
  return (
    <th scope="col" className="cell-select">
      <input
        ref={box}
        type="checkbox"
        aria-label={label}
        checked={selected > 0 && selected === of}
        onChange={onToggle}
      />
    </th>
  );
}

interface RowProps {
  label: string;
  selected: boolean;
  onToggle: (shift: boolean) => void;
}

// A row's cell, which selects it, and with shift all rows from the last one.
export function SelectRowCell({ label, selected, onToggle }: RowProps) {
  return (
    <td className="cell-select">
      <input
        type="checkbox"
        aria-label={label}
        checked={selected}
        onChange={(event) => onToggle((event.nativeEvent as MouseEvent).shiftKey)}
      />
    </td>
  );
}
