import { type CombinedError, type Exchange, mapExchange } from 'urql';

import { session, signInRequired } from '../access/session';
import { refreshAll } from './refresh';
import { reopenSocket } from './socket';

// Notices when the server no longer knows who this is: a token is renewed where that is possible, else the login stands in
// the place of the pages.
export function identityExchange(): Exchange {
  return mapExchange({ onError: (error) => void (isUnauthenticated(error) && signInAgain()) });
}

// Loaded only when it is needed: most servers take keys, or nothing.
const renew = () => import('../access/oidc').then(({ renew }) => renew());

let renewing: Promise<void> | undefined;

export function signInAgain(): Promise<void> {
  renewing ??= renew().then((renewed) => {
    renewing = undefined;
    if (renewed) {
      resume();
    } else {
      signInRequired.set(true);
    }
  });
  return renewing;
}

// A token that is about to end is renewed before it does.
export function keepSession(): void {
  let timer: number | undefined;
  const plan = () => {
    window.clearTimeout(timer);
    const { expiresAt, refreshToken } = session.get() ?? {};
    if (expiresAt !== undefined && refreshToken !== undefined) {
      const wait = Math.max(expiresAt - Date.now() - 60_000, 10_000);
      timer = window.setTimeout(() => void renew().then((renewed) => renewed && reopenSocket()), wait);
    }
  };
  session.subscribe(plan);
  plan();
}

function resume(): void {
  reopenSocket();
  refreshAll();
}

const isUnauthenticated = ({ response, graphQLErrors }: CombinedError): boolean =>
  (response as Response | undefined)?.status === 401 ||
  graphQLErrors.some(({ extensions }) => extensions.code === 'UNAUTHENTICATED');
