import { createClient, fetchExchange, subscriptionExchange } from 'urql';

import { WatchTasksDocument } from '../gql/graphql';
import { authorization } from '../access/session';
import { graphqlUrl } from './address';
import { cache } from './cache';
import { forwardFeed } from './feed';
import { identityExchange } from './identity';
import { newestExchange } from './newest';
import { subscribe } from './socket';

const feedName = (WatchTasksDocument.definitions[0] as { name: { value: string } }).name.value;

export const client = createClient({
  url: graphqlUrl,
  preferGetMethod: false,
  fetchOptions: () => ({ headers: { 'GraphQL-Require-Preflight': '1', ...authorization() } }),
  exchanges: [
    cache(),
    newestExchange(),
    identityExchange(),
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
