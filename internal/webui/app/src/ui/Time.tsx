import { useNow } from '../lib/clock';
import { duration } from '../lib/format';
import { ago, exact } from '../lib/time';

// How long ago, with the moment itself in the viewer's zone as a tooltip.
export function Ago({ at }: { at: string }) {
  const text = useNow((now) => ago(at, now));
  return (
    <time dateTime={at} title={exact(at)}>
      {text}
    </time>
  );
}

// How long something took, or has been taking.
export function Elapsed({ from, to }: { from: string; to: string | null }) {
  const text = useNow((now) => {
    const seconds = ((to === null ? now : Date.parse(to)) - Date.parse(from)) / 1000;
    return duration(Math.max(to === null ? Math.floor(seconds) : seconds, 0));
  });
  return <span className="numeric">{text}</span>;
}
