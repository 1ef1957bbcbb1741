import { createClient, fetchExchange, subscriptionExchange } from 'urql';

import { WatchTasksDocument } from '../gql/graphql';
import { graphqlUrl } from './address';
import { cache } from './cache';
import { forwardFeed } from './feed';
import { newestExchange } from './newest';
import { subscribe } from './socket';

const feedName = (WatchTasksDocument.definitions[0] as { name: { value: string } }).name.value;

export const client = createClient({
  url: graphqlUrl,
  preferGetMethod: false,
  fetchOptions: { credentials: 'same-origin', headers: { 'GraphQL-Require-Preflight': '1' } },
  exchanges: [
    cache(),
    newestExchange(),
    subscriptionExchange({
      forwardSubscription: ({ query, variables = {}, operationName }) => ({
        subscribe: (sink) => {
          const forwarded = { ...sink, next: (result: object) => sink.next(result as never) };
          const unsubscribe =
            operationName === feedName
              ? forwardFeed(query ?? '', variables.ids, forwarded)
              : subscribe({ query: query ?? '', variables }, forwarded);
          return { unsubscribe };
        },
      }),
    }),
    fetchExchange,
  ],
});
