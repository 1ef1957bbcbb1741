import type { StatsFragment, StatsWindow } from '../gql/graphql';
import { compact, count, duration } from '../lib/format';
import { m } from '../messages';
import { Chart, type Series } from '../ui/Chart';

interface Props {
  stats: StatsFragment;
  window: StatsWindow;
}

type Bucket = StatsFragment['buckets'][number];

export function Throughput({ stats: { buckets }, window }: Props) {
  const o = m.overview;
  const series = (name: string, tone: string, read: (bucket: Bucket) => number): Series => {
    const values = buckets.map(read);
    return { name, tone, values, total: compact(values.reduce((sum, value) => sum + value, 0)) };
  };
  return (
    <section className="panel" aria-labelledby="throughput">
      <header>
        <h2 id="throughput">{o.throughput}</h2>
      </header>
      <div className="body">
        <Chart
          label={o.throughputLabel}
          times={times(buckets, window)}
          format={count}
          bars={[
            series(o.completed, 'completed', ({ completed }) => completed),
            series(o.cancelled, 'cancelled', ({ cancelled }) => cancelled),
            series(o.failed, 'failed', ({ failed }) => failed),
          ]}
          lines={[series(o.created, 'created', ({ created }) => created)]}
        />
      </div>
    </section>
  );
}

export function Latency({ stats: { buckets, wait, run }, window }: Props) {
  const o = m.overview;
  const series = (
    name: string,
    tone: string,
    total: number | null,
    read: (bucket: Bucket) => number | null,
  ): Series => ({
    name,
    tone,
    values: buckets.map(read),
    total: total === null ? m.common.unknown : duration(total),
  });
  return (
    <section className="panel" aria-labelledby="latency">
      <header>
        <h2 id="latency">{o.latency}</h2>
      </header>
      <div className="body latency">
        <Chart
          label={o.runLabel}
          times={times(buckets, window)}
          format={duration}
          lines={[
            series(o.runP50, 'strong', run.p50Seconds, ({ runP50Seconds }) => runP50Seconds),
            series(o.runP95, 'weak', run.p95Seconds, ({ runP95Seconds }) => runP95Seconds),
          ]}
        />
        <Chart
          label={o.waitLabel}
          times={times(buckets, window)}
          format={duration}
          lines={[
            series(o.waitP50, 'strong', wait.p50Seconds, ({ waitP50Seconds }) => waitP50Seconds),
            series(o.waitP95, 'weak', wait.p95Seconds, ({ waitP95Seconds }) => waitP95Seconds),
          ]}
        />
      </div>
    </section>
  );
}

const formats: Record<StatsWindow, Intl.DateTimeFormat> = {
  HOUR: new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' }),
  DAY: new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' }),
  WEEK: new Intl.DateTimeFormat(undefined, { weekday: 'short', hour: '2-digit', minute: '2-digit' }),
};

const times = (buckets: readonly Bucket[], window: StatsWindow): string[] =>
  buckets.map(({ startedAt }) => formats[window].format(new Date(startedAt)));
