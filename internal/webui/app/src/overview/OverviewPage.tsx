import '../ui/table.css';
import './overview.css';

import { useLocation, useSearch } from 'wouter';

import type { StatsWindow } from '../gql/graphql';
import { m } from '../messages';
import { Page } from '../ui/Page';
import { Select } from '../ui/Select';
import { Bones, Failure } from '../ui/State';
import { Failures } from './Failures';
import { Health } from './Health';
import { Counts } from './Counts';
import { Latency, Throughput } from './Charts';
import { StatusTiles } from './StatusTiles';
import { useStats } from './useStats';
import { Waiting } from './Waiting';
import { Workers } from './Workers';

export default function OverviewPage() {
  const [, go] = useLocation();
  const asked = new URLSearchParams(useSearch()).get('window')?.toUpperCase() ?? '';
  const window = Object.hasOwn(m.overview.windows, asked) ? (asked as StatsWindow) : 'HOUR';
  const { stats, error, retry } = useStats(window);
  return (
    <Page
      title={m.nav.overview}
      actions={
        <Select
          label={m.overview.window}
          value={window}
          options={m.overview.windows}
          onChange={(next) => go(next === 'HOUR' ? '/' : `/?window=${next.toLowerCase()}`, { replace: true })}
        />
      }
    >
      {error ? (
        <Failure error={error} onRetry={retry} />
      ) : stats === undefined ? (
        <Bones rows={8} />
      ) : (
        <div className="overview">
          <StatusTiles stats={stats} />
          <div className="stack">
            <Throughput stats={stats} window={window} />
            <Counts stats={stats} />
            <Workers />
          </div>
          <div className="stack">
            <Latency stats={stats} window={window} />
            <Waiting stats={stats} />
            <Health />
          </div>
          <Failures failures={stats.failures} />
        </div>
      )}
    </Page>
  );
}
