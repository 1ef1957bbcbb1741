import { Link } from 'wouter';

import type { TaskRowFragment } from '../gql/graphql';
import { bytes } from '../lib/format';
import { m } from '../messages';
import { TaskNote } from '../tasks/TaskNote';
import { Button, IconButton } from '../ui/Button';
import { Progress } from '../ui/Progress';
import { Status } from '../ui/Status';
import { type Activity, removeActivity } from './activity';

// One card from the first byte of a file to the end of its task.
export function Card({ activity, task }: { activity: Activity; task: TaskRowFragment | undefined }) {
  const { key, name, size, sent, problem, abort, retry } = activity;
  const working = abort !== undefined && problem === undefined;
  return (
    <li className="card">
      <div className="card-head">
        {activity.taskId ? (
          <Link href={`/tasks/${activity.taskId}`} className="truncate link" title={name}>
            {name}
          </Link>
        ) : (
          <span className="truncate" title={name}>
            {name}
          </span>
        )}
        {size !== undefined && <span className="faint numeric">{bytes(size)}</span>}
        <IconButton
          icon="close"
          label={working ? m.upload.abort : m.common.dismiss}
          onClick={() => (working ? abort() : removeActivity(key))}
        />
      </div>
      {task ? (
        <>
          <Progress percent={task.progress} status={task.status} label={m.task.progress} />
          <div className="card-foot">
            <Status status={task.status} />
            <TaskNote task={task} />
            <span className="numeric">{task.progress} %</span>
          </div>
        </>
      ) : problem ? (
        <div className="card-foot status-FAILED" role="alert">
          <span>{problem}</span>
          {retry && (
            <Button kind="quiet" onClick={retry}>
              {m.common.retry}
            </Button>
          )}
        </div>
      ) : (
        <>
          <Progress percent={sent} label={m.upload.title} />
          <div className="card-foot faint">
            {working ? m.upload.sending(sent) : activity.taskId ? m.upload.stored : m.upload.waiting}
          </div>
        </>
      )}
    </li>
  );
}
