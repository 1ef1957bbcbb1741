import '../ui/table.css';
import '../overview/overview.css';
import './types.css';

import { useLiveQuery } from '../api/live';
import { SystemDocument } from '../gql/graphql';
import { m } from '../messages';
import { Workers } from '../overview/Workers';
import { useStats } from '../overview/useStats';
import { types } from '../tasks/filters';
import { Page } from '../ui/Page';
import { Bones, Failure } from '../ui/State';
import { TypeTable } from './TypeTable';

export default function TypesPage() {
  const [{ data, error }, execute] = useLiveQuery({ query: SystemDocument });
  const { stats } = useStats('HOUR');
  return (
    <Page title={m.nav.types}>
      {error && !data ? (
        <Failure error={error} onRetry={() => execute({ requestPolicy: 'network-only' })} />
      ) : data === undefined ? (
        <Bones rows={8} />
      ) : (
        <div className="stack">
          <TypeTable types={types.flatMap((type) => data.taskTypes.find((one) => one.type === type) ?? [])} stats={stats} />
          <Workers />
        </div>
      )}
    </Page>
  );
}
