import { createClient, fetchExchange, subscriptionExchange } from 'urql';

import { authorization } from '../access/session';
import { fetchExactly } from '../lib/exact';
import { graphqlUrl } from './address';
import { cache } from './cache';
import { feedName, forwardFeed } from './feed';
import { identityExchange } from './identity';
import { newestExchange } from './newest';
import { subscribe } from './socket';

export const client = createClient({
  url: graphqlUrl,
  preferGetMethod: false,
  fetch: fetchExactly,
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
              : subscribe({ query: query ?? '', variables, operationName }, forwarded);
          return { unsubscribe };
        },
      }),
    }),
    fetchExchange,
  ],
});
