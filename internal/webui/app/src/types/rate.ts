const minutes = 5; // over which a pace is measured; the minute that has not ended is left out

// Tasks completed a minute, of late, from buckets of a minute each.
export function perMinute(buckets: readonly { completed: number }[]): number {
  const recent = buckets.slice(-minutes - 1, -1);
  const done = recent.reduce((sum, { completed }) => sum + completed, 0);
  return recent.length === 0 ? 0 : done / recent.length;
}
