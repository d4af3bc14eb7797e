import { createServer, type Server } from 'node:http';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';

const HOST = '127.0.0.1';
const TOKEN_SECONDS = 3600;

type Algorithm = 'RS256' | 'PS256' | 'ES256' | 'EdDSA';

interface SigningKey {
  kid: string;
  algorithm: Algorithm;
  privateKey: CryptoKey;
  publicKey: JWK;
}

export interface SignOptions {
  /** Left out: the present key of the issuer. */
  key?: SigningKey;
  header?: Readonly<Record<string, unknown>>;
}

export interface LocalIssuer {
  /** What stands in `iss`, without a slash at the end. */
  issuer: string;
  jwksUrl: string;
  /** Every question for the keys that has come in. */
  readonly keyRequests: number;
  /** The present key, with which tokens are signed. */
  readonly key: SigningKey;
  /** A token with `iss`, `iat` now and `exp` in an hour unless the claims say otherwise; null leaves one out. */
  sign(claims: Readonly<Record<string, unknown>>, options?: SignOptions): Promise<string>;
  /** A new present key; those before it stay published until `keepOnly`. */
  rotate(): Promise<SigningKey>;
  /** Publishes these keys alone. */
  keepOnly(...keys: readonly SigningKey[]): void;
  /** How questions are answered from now on: as usual, with a status, or not at all. */
  behave(how: 'well' | 'hang' | { status: number; location?: string }): void;
  stop(): Promise<void>;
}

/**
 * A small OpenID Connect issuer for tests and a developer's machine: discovery, keys that rotate, tokens that are really
 * signed. It asks nobody for a password. Cloudflare Access looks for the same keys under `/cdn-cgi/access/certs`.
 */
export async function startLocalIssuer(options: { port?: number; algorithm?: Algorithm } = {}): Promise<LocalIssuer> {
  const { algorithm = 'ES256' } = options;
  let number = 0;
  const newKey = async (): Promise<SigningKey> => {
    number += 1;
    const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true });
    const kid = `local-${number}`;
    return {
      kid,
      algorithm,
      privateKey,
      publicKey: { ...(await exportJWK(publicKey)), kid, alg: algorithm, use: 'sig' },
    };
  };
  let present = await newKey();
  let published = [present];
  let keyRequests = 0;
  let behaviour: Parameters<LocalIssuer['behave']>[0] = 'well';

  const server = createServer((request, response) => {
    const path = request.url ?? '';
    const isKeys = path === '/jwks' || path === '/cdn-cgi/access/certs';
    if (isKeys) keyRequests += 1;
    if (behaviour === 'hang') return;
    if (behaviour !== 'well') {
      const { status, location } = behaviour;
      response.writeHead(status, location === undefined ? {} : { location }).end();
      return;
    }
    const body = isKeys
      ? { keys: published.map(({ publicKey }) => publicKey) }
      : path === '/.well-known/openid-configuration'
        ? configuration(issuer, algorithm)
        : undefined;
    response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body ?? { error: 'not_found' }));
  });
  const issuer = `http://${HOST}:${await listen(server, options.port ?? 0)}`;

  return {
    issuer,
    jwksUrl: `${issuer}/jwks`,
    get keyRequests() {
      return keyRequests;
    },
    get key() {
      return present;
    },
    sign(claims, { key = present, header = {} } = {}) {
      const now = Math.floor(Date.now() / 1000);
      const all = { iss: issuer, iat: now, exp: now + TOKEN_SECONDS, ...claims };
      const payload = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null)) as JWTPayload;
      return new SignJWT(payload)
        .setProtectedHeader({ alg: key.algorithm, kid: key.kid, typ: 'JWT', ...header })
        .sign(key.privateKey);
    },
    async rotate() {
      present = await newKey();
      published = [...published, present];
      return present;
    },
    keepOnly(...keys) {
      published = [...keys];
    },
    behave(how) {
      behaviour = how;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

/** OpenID Connect Discovery 1.0 §3, as far as anybody here reads it. */
const configuration = (issuer: string, algorithm: Algorithm) => ({
  issuer,
  jwks_uri: `${issuer}/jwks`,
  response_types_supported: ['id_token'],
  subject_types_supported: ['public'],
  id_token_signing_alg_values_supported: [algorithm],
});

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((done, fail) => server.once('error', fail).listen(port, HOST, done));
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}
