import './timeline.css';

import { duration } from '../lib/format';
import { exact, timeOfDay } from '../lib/time';
import { m } from '../messages';
import { Icon, type IconName } from '../ui/Icon';
import { StatusIcon } from '../ui/Status';
import { type Entry, type HistoryEvent, reasonOf, shortActor, toEntries } from './timeline';

export function Timeline({ events, more }: { events: readonly HistoryEvent[]; more: boolean }) {
  return (
    <section className="panel" aria-labelledby="timeline">
      <header>
        <h2 id="timeline">{m.task.timeline}</h2>
      </header>
      <div className="body">
        {more && <p className="note">{m.task.timelineEarlier}</p>}
        <ol className="timeline">
          {toEntries(events).map((entry) => (
            <Item key={entry.event.version} entry={entry} />
          ))}
        </ol>
      </div>
    </section>
  );
}

function Item({ entry: { event, title, seconds } }: { entry: Entry }) {
  const by = m.task.by(shortActor(event.actor));
  const reason = reasonOf(event);
  return (
    <li>
      <Mark event={event} />
      <div className="timeline-head">
        <span className="timeline-title">{title}</span>
        {seconds !== null && <span className="faint numeric">{m.task.after(duration(seconds))}</span>}
        <time className="faint numeric" dateTime={event.at} title={exact(event.at)}>
          {timeOfDay(event.at)}
        </time>
      </div>
      <p className="faint" title={event.actor}>
        {reason ? `${reason}, ${by}` : by}
      </p>
      {event.errorMessage && <ErrorText text={event.errorMessage} />}
    </li>
  );
}

const icons: Partial<Record<HistoryEvent['kind'], IconName>> = {
  PRIORITY: 'priority',
  SCHEDULE: 'clock',
  CANCEL_REQUESTED: 'cancel',
  UNBLOCKED: 'check',
};

function Mark({ event }: { event: HistoryEvent }) {
  const icon = icons[event.kind];
  return (
    <span className={icon ? 'timeline-mark faint' : `timeline-mark status-${event.to}`}>
      {icon ? <Icon name={icon} size={14} /> : <StatusIcon status={event.to} />}
    </span>
  );
}

// The first line tells what, the rest, often a stack, where.
function ErrorText({ text }: { text: string }) {
  const [first = '', ...rest] = text.split('\n');
  return (
    <div className="error-text">
      <p>{first}</p>
      {rest.length > 0 && (
        <details>
          <summary>{m.task.stack}</summary>
          <pre tabIndex={0}>{rest.join('\n').trim()}</pre>
        </details>
      )}
    </div>
  );
}
