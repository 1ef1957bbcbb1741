import { base, basePath, graphqlUrl } from '../api/address';
import { challengeOf, randomText } from './pkce';
import { type Session, session, setSession } from './session';
import { type Settings, loadSettings } from './settings';

// Signing in with an OpenID Connect provider: the authorization code flow with PKCE, without a secret.

type Provider = NonNullable<Settings['oidc']>;

interface Pending {
  state: string;
  nonce: string;
  verifier: string;
  back: string; // the page that was asked for
}

interface Tokens {
  access_token?: string;
  id_token?: string;
  refresh_token?: string;
  expires_in?: number;
}

const pendingKey = 'taskwire.login';
const redirectUri = base.href;

export async function beginLogin(provider: Provider): Promise<void> {
  const { authorization_endpoint } = await discover(provider);
  const pending: Pending = { state: randomText(), nonce: randomText(), verifier: randomText(), back: location.href };
  sessionStorage.setItem(pendingKey, JSON.stringify(pending));
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: provider.clientId,
    redirect_uri: redirectUri,
    scope: provider.scopes.join(' '),
    state: pending.state,
    nonce: pending.nonce,
    code_challenge: await challengeOf(pending.verifier),
    code_challenge_method: 'S256',
  });
  location.assign(`${authorization_endpoint}?${query}`);
}

// Redeems the code with which the provider has sent the browser back, if it has. Returns what went wrong, if anything.
export async function finishLogin(): Promise<string | undefined> {
  const answer = new URLSearchParams(location.search);
  const stored = sessionStorage.getItem(pendingKey);
  if (stored === null || !answer.has('state') || location.pathname.replace(/\/$/, '') !== basePath) {
    return undefined;
  }
  sessionStorage.removeItem(pendingKey);
  const pending = JSON.parse(stored) as Pending;
  history.replaceState(null, '', pending.back);
  if (answer.get('state') !== pending.state || !answer.has('code')) {
    return answer.get('error_description') ?? answer.get('error') ?? 'state';
  }
  const { oidc } = await loadSettings();
  if (oidc === null) {
    return 'oidc';
  }
  const tokens = await redeem(oidc, {
    grant_type: 'authorization_code',
    code: answer.get('code') ?? '',
    redirect_uri: redirectUri,
    code_verifier: pending.verifier,
  });
  if (tokens.id_token !== undefined && claimsOf(tokens.id_token).nonce !== pending.nonce) {
    return 'nonce';
  }
  setSession(await toSession(tokens));
  return undefined;
}

// Gets a new token for one that has ended. Returns whether that worked.
export async function renew(): Promise<boolean> {
  const refreshToken = session.get()?.refreshToken;
  if (refreshToken === undefined) {
    return false;
  }
  try {
    const { oidc } = await loadSettings();
    const tokens = oidc && (await redeem(oidc, { grant_type: 'refresh_token', refresh_token: refreshToken }));
    if (tokens) {
      setSession(await toSession({ refresh_token: refreshToken, ...tokens }));
    }
    return tokens !== null;
  } catch {
    return false;
  }
}

async function discover({ issuer }: Provider): Promise<{ authorization_endpoint: string; token_endpoint: string }> {
  const response = await fetch(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
  return response.json();
}

async function redeem(provider: Provider, grant: Record<string, string>): Promise<Tokens> {
  const { token_endpoint } = await discover(provider);
  const body = new URLSearchParams({ client_id: provider.clientId, ...grant });
  const response = await fetch(token_endpoint, { method: 'POST', body });
  if (!response.ok) {
    throw new Error(`${response.status} ${response.statusText}`);
  }
  return (await response.json()) as Tokens;
}

// Which token names this server as its audience is the provider's setting: the one that the server takes.
async function toSession(tokens: Tokens): Promise<Session> {
  const candidates = [tokens.access_token, tokens.id_token].filter((token) => token !== undefined);
  let chosen = candidates.at(-1) ?? '';
  for (const token of candidates) {
    if (await isTaken(token)) {
      chosen = token;
      break;
    }
  }
  const seconds = tokens.expires_in;
  return {
    token: chosen,
    refreshToken: tokens.refresh_token,
    expiresAt: seconds === undefined ? undefined : Date.now() + seconds * 1000,
  };
}

export async function isTaken(token: string): Promise<boolean> {
  const response = await fetch(graphqlUrl, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: '{ viewer { name } }' }),
  });
  return response.ok;
}

function claimsOf(jwt: string): Record<string, unknown> {
  const payload = jwt.split('.')[1] ?? '';
  return JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/'))) as Record<string, unknown>;
}
