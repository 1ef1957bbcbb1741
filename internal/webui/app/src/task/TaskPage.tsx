import '../ui/table.css';
import './task.css';

import { useEffect, useMemo } from 'react';
import { Link } from 'wouter';

import { onUpdates } from '../api/feed';
import { useLiveQuery, useWatch } from '../api/live';
import { TaskPageDocument } from '../gql/graphql';
import { m } from '../messages';
import { NotFound } from '../shell/NotFound';
import { lastList } from '../tasks/lastList';
import { Page } from '../ui/Page';
import { Bones, Failure } from '../ui/State';
import { Graph } from './Graph';
import { JsonPanel } from './JsonPanel';
import { Outcome } from './Outcome';
import { TaskActions } from './TaskActions';
import { TaskDetails } from './TaskDetails';
import { TaskProgress } from './TaskProgress';
import { Timeline } from './Timeline';

export default function TaskPage({ id }: { id: string }) {
  const [{ data, error, fetching }, execute] = useLiveQuery({ query: TaskPageDocument, variables: { id } });
  const task = data?.task;
  const key = task?.id ?? '';
  useWatch(useMemo(() => (key === '' ? [] : [key]), [key]));
  // The cache keeps the task current; what happened to it is a list that has grown.
  useEffect(
    () =>
      onUpdates((updates) => {
        if (updates.some(({ taskId, event }) => taskId === key && event !== null)) {
          execute({ requestPolicy: 'network-only' });
        }
      }),
    [key, execute],
  );
  if (task == null) {
    return fetching ? (
      <Bones rows={8} />
    ) : error ? (
      <Failure error={error} onRetry={() => execute({ requestPolicy: 'network-only' })} />
    ) : (
      <NotFound />
    );
  }
  const name = task.description || m.tasks.untitled;
  return (
    <>
      <nav className="breadcrumb">
        <Link href={lastList()}>{m.task.breadcrumb}</Link>
      </nav>
      <Page title={name} actions={<TaskActions task={task} />}>
        <div className="task-columns">
          <div className="stack">
            <TaskProgress task={task} />
            <Outcome task={task} />
            <Graph id={task.id} />
            <Timeline events={task.history.nodes} more={task.history.pageInfo.hasPreviousPage} />
          </div>
          <div className="stack">
            <TaskDetails task={task} />
            <JsonPanel title={m.task.metadata} value={task.metadata} empty={m.common.none} />
            <JsonPanel title={m.task.result} value={task.result} empty={m.task.noResult} />
          </div>
        </div>
      </Page>
    </>
  );
}
