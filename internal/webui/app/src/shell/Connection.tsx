import { connection } from '../api/connection';
import { useStore } from '../lib/store';
import { connectionNames, m } from '../messages';

// Says honestly how fresh the page is.
export function ConnectionBadge() {
  const state = useStore(connection);
  return (
    <div
      className={`connection ${state}`}
      role="status"
      aria-label={m.connection.label}
      title={m.connection.explain[state]}
    >
      {connectionNames[state]}
    </div>
  );
}
