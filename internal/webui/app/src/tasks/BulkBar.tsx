import { m } from '../messages';
import { Button, IconButton } from '../ui/Button';
import type { IconName } from '../ui/Icon';
import { useMay } from '../access/viewer';
import { type Action, fields } from './actions';
import type { Selection } from './selection';

interface Props {
  selection: Selection;
  total: number | undefined;
  pageCount: number;
  onAll: () => void;
  onClear: () => void;
  onAction: (action: Action) => void;
}

const buttons: [Action, IconName, string][] = [
  ['retry', 'retry', 'r'],
  ['cancel', 'cancel', 'c'],
  ['priority', 'priority', 'p'],
  ['delete', 'trash', ''],
];

// What can be done with the selected rows. It floats over the list for as long as there are any.
export function BulkBar({ selection, total, pageCount, onAll, onClear, onAction }: Props) {
  const may = useMay();
  const whole = !selection.all && selection.ids.size === pageCount && total !== undefined && total > pageCount;
  return (
    <section className="bulk-bar" aria-label={m.bulk.label}>
      <strong role="status">
        {selection.all ? m.bulk.allSelected(total ?? 0) : m.bulk.selected(selection.ids.size)}
      </strong>
      {whole && (
        <button type="button" className="link bare" onClick={onAll}>
          {m.bulk.selectMatching(total)}
        </button>
      )}
      <div className="actions">
        {buttons
          .filter(([action]) => may(fields[action]))
          .map(([action, icon, key]) => (
            <Button
              key={action}
              icon={icon}
              kind={action === 'delete' ? 'danger' : 'plain'}
              onClick={() => onAction(action)}
            >
              {m.bulk[action]}
              {key && <kbd aria-hidden="true">{key}</kbd>}
            </Button>
          ))}
        <IconButton icon="close" label={m.bulk.clear} onClick={onClear} />
      </div>
    </section>
  );
}
