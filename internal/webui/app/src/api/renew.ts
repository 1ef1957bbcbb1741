// A task, as an answer or the feed tells it.
export type Entity = Record<string, unknown> & { id: string; version: number };

// Brings every task in an answer that is older than what is known up to date, in place. Fields that the feed does not tell
// stay as they are.
export function renew(value: unknown, newest: Map<string, Entity>): void {
  if (Array.isArray(value)) {
    value.forEach((item) => renew(item, newest));
  } else if (typeof value === 'object' && value !== null) {
    const known = newest.get((value as Entity).id);
    if (known !== undefined && (value as Entity).version < known.version) {
      keepNewer(value as Entity, known);
    }
    Object.values(value).forEach((item) => renew(item, newest));
  }
}

function keepNewer(answer: Entity, known: Entity): void {
  for (const [field, value] of Object.entries(known)) {
    if (field in answer) {
      answer[field] = value;
    }
  }
}
