import { useEffect, useMemo, useRef } from 'react';
import { type AnyVariables, type UseQueryArgs, useQuery } from 'urql';

import { watchTasks } from './feed';
import { registerRefresh } from './refresh';

// A query that is asked again while there is no socket, and when updates may have been missed. Anything may be in the
// cache from an earlier visit of the page: it is shown, and asked again.
export function useLiveQuery<Data, Variables extends AnyVariables>(args: UseQueryArgs<Variables, Data>) {
  const [result, execute] = useQuery({ requestPolicy: 'cache-and-network', ...args });
  const paused = args.pause ?? false;
  useEffect(() => {
    return paused ? undefined : registerRefresh(() => execute({ requestPolicy: 'network-only' }));
  }, [execute, paused]);
  return [useLastGood(result), execute] as const;
}

// An answer that has failed takes nothing away from what is shown: the next one may come through.
function useLastGood<Result extends { data?: unknown; operation?: { key: number } | undefined }>(
  result: Result,
): Result {
  const good = useRef<Result>(undefined);
  if (result.data !== undefined) {
    good.current = result;
  }
  const last = good.current;
  return result.data === undefined && last?.operation?.key === result.operation?.key
    ? { ...result, data: last?.data }
    : result;
}

// While an answer is awaited, the last one to other variables stays in sight.
export const isAnswerTo = (operation: { variables: AnyVariables } | undefined, variables: AnyVariables): boolean =>
  JSON.stringify(operation?.variables) === JSON.stringify(variables);

// Keeps these tasks current in the cache for as long as they are shown.
export function useWatch(ids: readonly string[]): void {
  const key = ids.join();
  const stable = useMemo(() => ids, [key]);
  useEffect(() => watchTasks(stable), [stable]);
}
