import { createHash, createSign, generateKeyPairSync, randomUUID } from 'node:crypto';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface Provider {
  issuer: string;
  stop(): void;
}

// An OpenID Connect provider with real keys, at which everybody is Ada, of the staff. It insists on PKCE, and lets every
// origin redeem codes, as providers do for public clients.
export async function startProvider(): Promise<Provider> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const granted = new Map<string, URLSearchParams>(); // what was asked for, by code
  const token = (claims: Record<string, unknown>) => {
    const encode = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url');
    const signed = `${encode({ alg: 'RS256', kid: '1' })}.${encode(claims)}`;
    return `${signed}.${createSign('RSA-SHA256').update(signed).sign(privateKey, 'base64url')}`;
  };
  const routes: Record<string, (request: IncomingMessage, url: URL, response: ServerResponse) => unknown> = {
    '/.well-known/openid-configuration': () => ({
      issuer,
      jwks_uri: `${issuer}/keys`,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      id_token_signing_alg_values_supported: ['RS256'],
    }),
    '/keys': () => ({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: '1', alg: 'RS256', use: 'sig' }] }),
    '/authorize': (_request, url, response) => {
      const code = randomUUID();
      granted.set(code, url.searchParams);
      const back = new URL(url.searchParams.get('redirect_uri')!);
      back.search = new URLSearchParams({ code, state: url.searchParams.get('state')! }).toString();
      response.writeHead(302, { Location: back.href });
    },
    '/token': async (request, _url, response) => {
      const form = new URLSearchParams(await text(request));
      const asked = granted.get(form.get('code') ?? '');
      const challenge = createHash('sha256').update(form.get('code_verifier') ?? '').digest('base64url');
      if (asked?.get('code_challenge') !== challenge || asked.get('redirect_uri') !== form.get('redirect_uri')) {
        response.statusCode = 400;
        return { error: 'invalid_grant' };
      }
      const now = Math.floor(Date.now() / 1000);
      const claims = { iss: issuer, aud: 'taskwire', sub: 'ada', name: 'Ada', roles: ['staff'], iat: now, exp: now + 300 };
      return { access_token: 'opaque', token_type: 'Bearer', expires_in: 300, id_token: token({ ...claims, nonce: asked.get('nonce') }) };
    },
  };
  const server = createServer(async (request, response) => {
    response.setHeader('Access-Control-Allow-Origin', '*');
    const url = new URL(request.url ?? '/', issuer);
    const body = await routes[url.pathname]?.(request, url, response);
    response.end(body === undefined ? '' : JSON.stringify(body));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    issuer,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
