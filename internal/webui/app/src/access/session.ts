import { createStore } from '../lib/store';

// How this browser proves who it is: a key, or the tokens of an OpenID Connect provider. Kept for all tabs, until
// someone signs out. (A page of another site cannot read it; the strict policy of these pages keeps foreign scripts out.)
export interface Session {
  token: string; // an API key, or a JWT
  refreshToken?: string | undefined;
  expiresAt?: number | undefined; // ms
}

const storageKey = 'taskwire.session';

export const session = createStore<Session | null>(read());

// Whether the server asks who is there. Then the pages give way to the login.
export const signInRequired = createStore(false);

export function setSession(next: Session | null): void {
  session.set(next);
  try {
    if (next === null) {
      localStorage.removeItem(storageKey);
    } else {
      localStorage.setItem(storageKey, JSON.stringify(next));
    }
  } catch {
    // without storage, the session holds until the page is closed
  }
}

export function authorization(): Record<string, string> {
  const now = session.get();
  return now === null ? {} : { Authorization: `Bearer ${now.token}` };
}

// Another tab has signed in or out.
window.addEventListener('storage', ({ key }) => {
  if (key === storageKey) {
    session.set(read());
    window.location.reload();
  }
});

function read(): Session | null {
  try {
    const stored = JSON.parse(localStorage.getItem(storageKey) ?? 'null') as Session | null;
    return typeof stored?.token === 'string' ? stored : null;
  } catch {
    return null;
  }
}
