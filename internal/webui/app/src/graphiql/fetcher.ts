import { createGraphiQLFetcher, type Fetcher } from '@graphiql/toolkit';
import { type DocumentNode, Kind, parse } from 'graphql';

import { authorization } from '../access/session';

// The page may be served under any path prefix, so both addresses follow the document's base.
// Queries are POSTed; each subscription opens a graphql-transport-ws socket on the same path and sends
// what is typed under "Headers" as the payload of its connection_init. Who has signed in on the dashboard is known here.
export function createFetcher(base: string): Fetcher {
  const url = new URL('graphql', base);
  const subscriptionUrl = new URL(url);
  subscriptionUrl.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  const headers = authorization();
  return readAnew(
    createGraphiQLFetcher({ url: url.href, subscriptionUrl: subscriptionUrl.href, headers, wsConnectionParams: headers }),
  );
}

// For a moment after a change of tabs GraphiQL sends, with the document that is shown, the operation's name and the syntax
// tree of the one before. So both are read from the document itself.
function readAnew(fetcher: Fetcher): Fetcher {
  return (params, options) => {
    const document = parsed(params.query);
    if (!document) {
      return fetcher(params, options);
    }
    const operationName = nameOf(document, params.operationName);
    return fetcher({ ...params, operationName }, { ...options, documentAST: document });
  };
}

function nameOf(document: DocumentNode, wanted: string | null | undefined): string | null | undefined {
  const names = document.definitions.flatMap((d) => (d.kind === Kind.OPERATION_DEFINITION ? [d.name?.value] : []));
  return names.length === 1 ? names[0] : wanted;
}

// What does not parse is the server's to refuse.
function parsed(query: string): DocumentNode | undefined {
  try {
    return parse(query);
  } catch {
    return undefined;
  }
}
