import { useCallback, useMemo } from 'react';
import { useLocation, useSearch } from 'wouter';

// The query of the address as the state of a list: what is empty is left out, and a new filter begins at its first page.
export function useListAddress(path: string) {
  const [, go] = useLocation();
  const search = useSearch();
  const params = useMemo(() => new URLSearchParams(search), [search]);
  const show = useCallback(
    (change: Record<string, string | null>, replace = false) => {
      const next = new URLSearchParams(search);
      if (!('after' in change)) {
        next.delete('after');
        next.delete('before');
      }
      for (const [name, value] of Object.entries(change)) {
        value ? next.set(name, value) : next.delete(name);
      }
      const query = next.toString().replaceAll('%2C', ',');
      go(query === '' ? path : `${path}?${query}`, { replace });
    },
    [go, path, search],
  );
  return { params, q: params.get('q') ?? '', after: params.get('after'), before: params.get('before'), show };
}
