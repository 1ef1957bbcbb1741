// Moments in the viewer's time zone.

const relative = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto', style: 'short' });
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const day = new Intl.DateTimeFormat(undefined, { year: 'numeric', month: 'short', day: 'numeric' });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'long' });

const steps: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
];

// "3 min. ago", "in 2 hr.", and a date for what is more than 30 days away. Seconds move in steps of five.
export function ago(moment: string, now: number): string {
  const seconds = (Date.parse(moment) - now) / 1000;
  const distance = Math.abs(seconds);
  if (distance > 30 * 86_400) {
    return day.format(new Date(moment));
  }
  if (distance < 5) {
    return relative.format(0, 'second');
  }
  const [unit, size] = steps.find(([, size]) => distance >= size) ?? ['second', 1];
  const value = Math.trunc(seconds / size);
  return relative.format(unit === 'second' ? Math.trunc(value / 5) * 5 : value, unit);
}

export const exact = (moment: string): string => full.format(new Date(moment));

export const timeOfDay = (moment: string): string => clock.format(new Date(moment));

export const date = (moment: string): string => day.format(new Date(moment));

export const secondsBetween = (from: string, to: string): number => (Date.parse(to) - Date.parse(from)) / 1000;

export const zone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;
