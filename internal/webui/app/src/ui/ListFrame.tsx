import './table.css';

import type { ReactNode } from 'react';
import type { CombinedError } from 'urql';

import { Bones, Failure } from './State';

interface Props {
  error: CombinedError | undefined; // that left nothing to show
  loading: boolean;
  rows: number; // to stand there meanwhile
  empty: ReactNode; // what to say of no rows; false while there are some
  onRetry: () => void;
  children: ReactNode;
}

// The table of a list, or what stands in its place.
export function ListFrame({ error, loading, rows, empty, onRetry, children }: Props) {
  return (
    <div className="table-frame">
      {error ? <Failure error={error} onRetry={onRetry} /> : loading ? <Bones rows={rows} /> : empty || children}
    </div>
  );
}
