import type { StatsFragment } from '../gql/graphql';
import { useNow } from '../lib/clock';
import { compact, duration } from '../lib/format';
import { m, waitNames } from '../messages';
import { Figures } from '../ui/Figures';

const lateAfter = 60; // seconds that a ready task has waited

// What pending tasks wait for, and how long the oldest has.
export function Waiting({ stats: { waiting, oldestReadyAt } }: { stats: StatsFragment }) {
  const seconds = useNow((now) =>
    oldestReadyAt === null ? -1 : Math.max(0, Math.floor((now - Date.parse(oldestReadyAt)) / 1000)),
  );
  return (
    <section className="panel" aria-labelledby="waiting">
      <header>
        <h2 id="waiting">{m.overview.waiting}</h2>
        {seconds >= 0 && (
          <span className={seconds > lateAfter ? 'badge warn' : 'badge'}>{m.overview.oldest(duration(seconds))}</span>
        )}
      </header>
      <div className="body">
        {waiting.length === 0 ? (
          <p className="faint">{m.overview.nothingWaits}</p>
        ) : (
          <Figures figures={waiting.map(({ reason, count }) => [waitNames[reason], compact(count)])} />
        )}
      </div>
    </section>
  );
}
