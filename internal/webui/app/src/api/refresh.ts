import { held } from './hold';

// The queries that the page shows now. They are asked again while there is no socket, and when updates may have been
// missed.
const queries = new Set<() => void>();

export function registerRefresh(refresh: () => void): () => void {
  queries.add(refresh);
  return () => queries.delete(refresh);
}

export function refreshAll(): void {
  missed = held.get() !== undefined;
  if (!missed) {
    queries.forEach((refresh) => refresh());
  }
}

// A page that stands still is asked again when it no longer does.
let missed = false;
held.subscribe(() => missed && held.get() === undefined && refreshAll());
