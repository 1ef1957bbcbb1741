import { useCallback } from 'react';
import { useClient } from 'urql';

import { GenerateEmbeddingsDocument } from '../gql/graphql';
import { addBulk } from '../upload/activity';
import { explain } from '../ui/State';
import { toast } from '../ui/Toasts';

// Has the vectors of these products made anew, by a task whose progress shows on a card.
export function useEmbed() {
  const client = useClient();
  return useCallback(
    async (ids: string[]) => {
      const { data, error } = await client.mutation(GenerateEmbeddingsDocument, { input: { target: 'PRODUCTS', ids } });
      const task = data?.generateEmbeddings.task;
      if (task) {
        addBulk(task);
      } else {
        toast(error ? explain(error) : (data?.generateEmbeddings.userErrors[0]?.message ?? ''));
      }
    },
    [client],
  );
}
