import { m } from '../messages';
import { IconButton } from './Button';

export interface PageInfo {
  hasNextPage: boolean;
  hasPreviousPage: boolean;
  startCursor: string | null;
  endCursor: string | null;
}

export interface Place {
  after: string | null;
  before: string | null;
}

interface Props extends Place {
  info: PageInfo | undefined;
  onMove: (place: Place) => void;
}

// The API knows for sure only what lies in the direction of paging; where this page was come to from, there is a page.
export function Pager({ info, after, before, onMove }: Props) {
  const back = info?.hasPreviousPage || after !== null;
  const forth = info?.hasNextPage || before !== null;
  if (info === undefined || (!back && !forth)) {
    return null;
  }
  return (
    <nav className="pager" aria-label={m.common.paging}>
      {back && (
        <button type="button" className="button quiet" onClick={() => onMove({ after: null, before: null })}>
          {m.common.first}
        </button>
      )}
      <IconButton
        icon="left"
        kind="plain"
        label={m.common.previous}
        disabled={!back}
        onClick={() => onMove({ after: null, before: info.startCursor })}
      />
      <IconButton
        icon="right"
        kind="plain"
        label={m.common.next}
        disabled={!forth}
        onClick={() => onMove({ after: info.endCursor, before: null })}
      />
    </nav>
  );
}
