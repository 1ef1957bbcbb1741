import { Link } from 'wouter';

import type { StatsFragment } from '../gql/graphql';
import { compact } from '../lib/format';
import { m, typeNames } from '../messages';
import { statuses, types, writeState } from '../tasks/filters';
import { StatusHeading } from '../ui/Status';

// Every type against every status. A type that has no tasks is left out.
export function Counts({ stats }: { stats: StatsFragment }) {
  const known = new Map(stats.counts.map(({ type, status, count }) => [`${type} ${status}`, count]));
  const used = types.filter((type) => stats.counts.some((one) => one.type === type));
  return (
    <section className="panel" aria-labelledby="counts">
      <header>
        <h2 id="counts">{m.overview.byType}</h2>
      </header>
      <div className="scroll" tabIndex={0} role="group" aria-labelledby="counts">
        <table className="table plain counts">
          <thead>
            <tr>
              <th scope="col">{m.tasks.type}</th>
              {statuses.map((status) => (
                <th key={status} scope="col" className="number">
                  <StatusHeading status={status} />
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {used.map((type) => (
              <tr key={type}>
                <th scope="row">{typeNames[type]}</th>
                {statuses.map((status) => {
                  const n = known.get(`${type} ${status}`) ?? 0;
                  return (
                    <td key={status} className="number">
                      {n === 0 ? (
                        <span className="faint">0</span>
                      ) : (
                        <Link href={`/tasks?${writeState({ types: [type], statuses: [status] })}`} className="link">
                          {compact(n)}
                        </Link>
                      )}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {used.length === 0 && <p className="body faint">{m.tasks.empty}</p>}
    </section>
  );
}
