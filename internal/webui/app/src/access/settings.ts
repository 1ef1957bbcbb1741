import { base } from '../api/address';

// How the server wants browsers to sign in: GET /auth/config.
export interface Settings {
  required: boolean;
  apiKeys: boolean;
  oidc: { issuer: string; clientId: string; scopes: string[] } | null;
}

export async function loadSettings(): Promise<Settings> {
  const response = await fetch(new URL('auth/config', base));
  if (!response.ok) {
    throw new Error(`${response.status} ${response.statusText}`);
  }
  return (await response.json()) as Settings;
}
