import { useLiveQuery } from '../api/live';
import { FeedHealthDocument } from '../gql/graphql';
import { useEvery } from '../lib/every';
import { compact, count, duration } from '../lib/format';
import { m } from '../messages';
import { Figures } from '../ui/Figures';

const every = 5_000; // ms: health is not pushed, it is about the pushing

// How well changes reach those who watch.
export function Health() {
  const [{ data, error }, again] = useLiveQuery({ query: FeedHealthDocument });
  useEvery(every, () => again({ requestPolicy: 'network-only' }));
  const health = data?.feedHealth;
  const well = health !== undefined && health.problems.length === 0 && error === undefined;
  return (
    <section className="panel" aria-labelledby="health">
      <header>
        <h2 id="health">{m.overview.health}</h2>
        {health && (
          <span className={well ? 'badge good' : 'badge warn'}>{well ? m.overview.healthy : m.overview.unhealthy}</span>
        )}
      </header>
      {health && (
        <div className="body stack">
          {health.problems.map((problem) => (
            <p key={problem} className="note warn">
              {problem}
            </p>
          ))}
          <Figures
            figures={[
              [m.overview.lag, duration(health.lagSeconds)],
              [m.overview.sockets, compact(health.sockets)],
              [m.overview.watchers, compact(health.watchers)],
              [m.overview.notified, health.listening ? m.common.yes : m.common.no],
              [m.overview.reconnects, count(health.reconnects)],
            ]}
          />
        </div>
      )}
    </section>
  );
}
