import { Link } from 'wouter';

import { useLiveQuery } from '../api/live';
import {
  type StatsFragment,
  type SystemQuery,
  type TaskStatus,
  type TaskType,
  TypeRatesDocument,
} from '../gql/graphql';
import { useEvery } from '../lib/every';
import { count, duration } from '../lib/format';
import { m, typeNames } from '../messages';
import { writeState } from '../tasks/filters';
import { StatusHeading } from '../ui/Status';
import { Limit } from './Limit';
import { PauseButton } from './PauseButton';
import { perMinute } from './rate';

const every = 10_000; // ms: paces are not pushed

// What is set for each type, how much of it waits, and how fast it goes.
export function TypeTable({ types, stats }: { types: SystemQuery['taskTypes']; stats: StatsFragment | undefined }) {
  const [{ data: rates }, again] = useLiveQuery({ query: TypeRatesDocument });
  useEvery(every, () => again({ requestPolicy: 'network-only' }));
  const c = m.types.columns;
  return (
    <section className="panel" aria-labelledby="types">
      <header>
        <h2 id="types">{m.types.title}</h2>
      </header>
      <div className="scroll" tabIndex={0} role="group" aria-labelledby="types">
        <table className="table plain type-table">
          <thead>
            <tr>
              <th scope="col">{c.type}</th>
              <th scope="col" className="number">
                <StatusHeading status="PENDING" />
              </th>
              <th scope="col" className="number">
                <StatusHeading status="RUNNING" />
              </th>
              <th scope="col" className="number">
                {c.limit}
              </th>
              <th scope="col" className="number wide-only">
                {c.rate}
              </th>
              <th scope="col" className="number wide-only">
                {c.time}
              </th>
              <th scope="col">
                <span className="narrow-hidden">{c.state}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {types.map(({ type, paused, maxRunning }) => {
              const rate = rates?.[type];
              const median = rate?.run.p50Seconds;
              return (
                <tr key={type}>
                  <th scope="row">{typeNames[type]}</th>
                  <td className="number">
                    <Depth stats={stats} type={type} status="PENDING" />
                  </td>
                  <td className="number">
                    <Depth stats={stats} type={type} status="RUNNING" />
                  </td>
                  <td className="number soft">
                    <Limit type={type} maxRunning={maxRunning} />
                  </td>
                  <td className="number soft wide-only">
                    {rate ? m.types.perMinute(perMinute(rate.buckets)) : m.common.unknown}
                  </td>
                  <td className="number soft wide-only">{median == null ? m.common.unknown : duration(median)}</td>
                  <td>
                    <PauseButton type={type} paused={paused} />
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Depth({ stats, type, status }: { stats: StatsFragment | undefined; type: TaskType; status: TaskStatus }) {
  if (stats === undefined) {
    return m.common.unknown;
  }
  const n = stats.counts.find((one) => one.type === type && one.status === status)?.count ?? 0;
  return n === 0 ? (
    <span className="faint">0</span>
  ) : (
    <Link href={`/tasks?${writeState({ types: [type], statuses: [status] })}`} className="link">
      {count(n)}
    </Link>
  );
}
