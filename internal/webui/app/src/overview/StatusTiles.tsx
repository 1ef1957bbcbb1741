import { Link } from 'wouter';

import type { StatsFragment, TaskStatus } from '../gql/graphql';
import { compact, count } from '../lib/format';
import { m } from '../messages';
import { statuses, writeState } from '../tasks/filters';
import { Status } from '../ui/Status';

export const countOf = (stats: StatsFragment, status: TaskStatus): number =>
  stats.counts.reduce((sum, one) => sum + (one.status === status ? one.count : 0), 0);

export function StatusTiles({ stats }: { stats: StatsFragment }) {
  return (
    <ul className="tiles" aria-label={m.overview.byStatus}>
      {statuses.map((status) => {
        const n = countOf(stats, status);
        return (
          <li key={status}>
            <Link href={`/tasks?${writeState({ statuses: [status] })}`} className="tile panel">
              <Status status={status} />
              <strong className="numeric" title={count(n)}>
                {compact(n)}
              </strong>
            </Link>
          </li>
        );
      })}
    </ul>
  );
}
