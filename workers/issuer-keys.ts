import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { ServiceError } from '#schema/errors.ts';
import type { IssuerKeys } from '#services/access/sign-in/verify-token.ts';
import { type CallResult, callOut } from '#services/outbound/call-out.ts';
import type { Env } from './env.ts';
import { makeOutbound } from './outbound.ts';

const FRESH_MS = 10 * 60_000;
const STALE_MS = 24 * 3_600_000;
/** One question per address in this time, whatever `kid` the tokens name. */
const PAUSE_MS = 30_000;
/** Without any key to go on, an issuer that failed is asked again sooner. */
const COLD_PAUSE_MS = 5000;
const PATIENCE_SECONDS = 5;
const MOST_BYTES = 64 * 1024;
const POLL_MS = 20;
/** More than there may be issuers, with some that changed their address. */
const MOST_ADDRESSES = 40;

/** What is kept per address of keys; nothing else is kept between requests. Milliseconds since the epoch. */
export interface KeptKeys {
  find: JWTVerifyGetKey | undefined;
  fetchedAt: number;
  askedAt: number;
  asking: boolean;
}

export interface KeySource {
  fetch(jwksUrl: string): Promise<CallResult>;
  now(): number;
  sleep(milliseconds: number): Promise<void>;
}

/**
 * The keys of issuers: fresh for ten minutes, asked for again at most every 30 seconds when a `kid` is unknown, and served
 * for a day when the issuer is out of reach. `jose` itself would ask once per request here, because a Worker's requests
 * cannot share one answer that is still under way; so they wait by looking.
 * @throws ServiceError unavailable `issuer_unreachable` when there is no key to go on.
 */
export function keptIssuerKeys(source: KeySource, kept: Map<string, KeptKeys>): IssuerKeys {
  return (jwksUrl) => async (header, token) => {
    const keys = kept.get(jwksUrl) ?? { find: undefined, fetchedAt: 0, askedAt: 0, asking: false };
    if (!kept.has(jwksUrl) && kept.size >= MOST_ADDRESSES) kept.clear();
    kept.set(jwksUrl, keys);
    const age = (): number => source.now() - keys.fetchedAt;
    if (keys.find === undefined || age() > FRESH_MS) await ask(source, jwksUrl, keys);
    const usable = (): JWTVerifyGetKey => {
      if (keys.find === undefined || age() > STALE_MS) throw unreachable();
      return keys.find;
    };
    try {
      return await usable()(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      await ask(source, jwksUrl, keys);
      return usable()(header, token);
    }
  };
}

/** Asks, unless somebody has just done so. While another request asks, this one waits for what it learns. */
async function ask(source: KeySource, jwksUrl: string, keys: KeptKeys): Promise<void> {
  const giveUpAt = keys.askedAt + PATIENCE_SECONDS * 1000 + POLL_MS;
  while (keys.asking && source.now() < giveUpAt) await source.sleep(POLL_MS);
  const pause = keys.find === undefined ? COLD_PAUSE_MS : PAUSE_MS;
  if (source.now() < keys.askedAt + pause) return;
  keys.askedAt = source.now();
  keys.asking = true;
  const set = keySetIn(await source.fetch(jwksUrl));
  keys.asking = false;
  if (set === undefined) return;
  keys.find = set;
  keys.fetchedAt = source.now();
}

/** Any answer but a key set is none; a redirect is not followed. */
function keySetIn(result: CallResult): JWTVerifyGetKey | undefined {
  if (result.kind !== 'answered' || result.status !== 200) return undefined;
  try {
    return createLocalJWKSet(JSON.parse(result.body) as JSONWebKeySet);
  } catch {
    // Not JSON, longer than what is read, or no key set: as good as no answer.
    return undefined;
  }
}

const unreachable = (): ServiceError =>
  new ServiceError('unavailable', 'The keys of your issuer are out of reach; try again in a moment.', {
    reason: 'issuer_unreachable',
    retryAfterSeconds: COLD_PAUSE_MS / 1000,
  });

// One per isolate: what every isolate learns for itself within one request.
const kept = new Map<string, KeptKeys>();

/** The issuer keys of this Worker, fetched behind the rules for outgoing requests. */
export function issuerKeys(env: Env): IssuerKeys {
  const outbound = makeOutbound(env);
  const headers = { accept: 'application/jwk-set+json, application/json' };
  return keptIssuerKeys(
    {
      fetch: (url) =>
        callOut(outbound, { url, method: 'GET', headers, timeoutSeconds: PATIENCE_SECONDS, mostBytes: MOST_BYTES }),
      now: outbound.now,
      sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    },
    kept,
  );
}
