// The queries that the page shows now. They are asked again while there is no socket, and when updates may have been
// missed.
const queries = new Set<() => void>();

export function registerRefresh(refresh: () => void): () => void {
  queries.add(refresh);
  return () => queries.delete(refresh);
}

export function refreshAll(): void {
  queries.forEach((refresh) => refresh());
}
