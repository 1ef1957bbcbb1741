import { createGraphiQLFetcher } from '@graphiql/toolkit';

import { authorization } from '../access/session';

// The page may be served under any path prefix, so both addresses follow the document's base.
// Queries are POSTed; each subscription opens a graphql-transport-ws socket on the same path and sends
// what is typed under "Headers" as the payload of its connection_init. Who has signed in on the dashboard is known here.
export function createFetcher(base: string) {
  const url = new URL('graphql', base);
  const subscriptionUrl = new URL(url);
  subscriptionUrl.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  const headers = authorization();
  return createGraphiQLFetcher({ url: url.href, subscriptionUrl: subscriptionUrl.href, headers, wsConnectionParams: headers });
}
