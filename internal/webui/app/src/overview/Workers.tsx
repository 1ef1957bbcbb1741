import { useMemo } from 'react';
import { Link } from 'wouter';

import { useLiveQuery, useWatch } from '../api/live';
import { RunningTasksDocument, type RunningTasksQuery, SystemDocument, type SystemQuery } from '../gql/graphql';
import { useEvery } from '../lib/every';
import { m } from '../messages';
import { Progress } from '../ui/Progress';
import { Ago } from '../ui/Time';

type Worker = SystemQuery['workers'][number];
type Running = RunningTasksQuery['tasks']['nodes'][number];

const every = 3_000; // ms: which worker runs what is not pushed

// The processes that run tasks, and what each is at.
export function Workers() {
  const [{ data: system }, again] = useLiveQuery({ query: SystemDocument });
  const [{ data: list }, listAgain] = useLiveQuery({ query: RunningTasksDocument });
  useEvery(every, () => {
    again({ requestPolicy: 'network-only' });
    listAgain({ requestPolicy: 'network-only' });
  });
  const running = useMemo(() => list?.tasks.nodes.filter(({ status }) => status === 'RUNNING') ?? [], [list]);
  useWatch(useMemo(() => running.map(({ id }) => id), [running]));
  return (
    <section className="panel" aria-labelledby="workers">
      <header>
        <h2 id="workers">{m.overview.workers}</h2>
      </header>
      {system?.workers.length === 0 && <p className="body note warn">{m.overview.noWorkers}</p>}
      <ul className="workers">
        {system?.workers.map((worker) => (
          <Item key={worker.id} worker={worker} running={running.filter((task) => task.worker?.id === worker.id)} />
        ))}
      </ul>
    </section>
  );
}

const most = 6;

function Item({ worker, running }: { worker: Worker; running: Running[] }) {
  return (
    <li className="body">
      <div className="worker-head">
        <code>{worker.host}</code>
        <span className="faint">{worker.version}</span>
        <span className="faint">
          {m.overview.seen} <Ago at={worker.heartbeatAt} />
        </span>
        <span className="badge">{m.overview.running(Math.max(worker.running, running.length))}</span>
      </div>
      <ul className="worker-tasks">
        {running.slice(0, most).map((task) => (
          <li key={task.id}>
            <Link href={`/tasks/${task.id}`} className="truncate task-name">
              {task.description || m.tasks.untitled}
            </Link>
            <Progress percent={task.progress} label={m.task.progress} />
            <span className="faint numeric">{task.progress} %</span>
          </li>
        ))}
      </ul>
    </li>
  );
}
