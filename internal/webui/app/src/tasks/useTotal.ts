import { useCallback } from 'react';
import { useQuery } from 'urql';

import { isAnswerTo } from '../api/live';
import { TaskCountDocument, type TaskFilter } from '../gql/graphql';

// How many tasks the filter selects, up to 10,001. whole is how many, where the list shows them all; else they are
// counted once the list is there, which counting would only keep waiting.
export function useTotal(filter: TaskFilter, listed: boolean, whole: number | undefined) {
  const variables = { filter };
  const [{ data, operation }, execute] = useQuery({
    query: TaskCountDocument,
    variables,
    requestPolicy: 'cache-and-network',
    pause: !listed || whole !== undefined,
  });
  const recount = useCallback(() => execute({ requestPolicy: 'network-only' }), [execute]);
  const counted = isAnswerTo(operation, variables) ? data?.tasks.totalCount : undefined;
  return { total: whole ?? counted, recount };
}
