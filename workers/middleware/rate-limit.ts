import { createHash } from 'node:crypto';
import { ServiceError } from '#schema/errors.ts';
import { parseIpAddress } from '#services/outbound/ip-address.ts';
import type { Env } from '../env.ts';
import { logFailure } from '../log.ts';
import type { Route } from '../routes/route.ts';
import { addressOf } from './arrival.ts';

/** Requests that a counter allows in its period, as `wrangler.toml` configures its binding. */
export const RATE_LIMITS = {
  ip: { binding: 'IP_LIMIT', limit: 600, periodSeconds: 10 },
  auth_failures: { binding: 'AUTH_FAIL_LIMIT', limit: 20, periodSeconds: 60 },
  credential: { binding: 'API_LIMIT', limit: 300, periodSeconds: 10 },
  heavy: { binding: 'HEAVY_LIMIT', limit: 20, periodSeconds: 60 },
  workspace: { binding: 'WORKSPACE_LIMIT', limit: 1500, periodSeconds: 10 },
} as const;

export type RateLimitName = keyof typeof RATE_LIMITS;

const DETAILS: Record<RateLimitName, string> = {
  ip: 'Too many requests from this address.',
  auth_failures: 'Too many refused credentials from this address.',
  credential: 'Too many requests with this credential.',
  heavy: 'Too many requests of this weight with this credential.',
  workspace: 'The workspace gets too many requests.',
};

const policy = (name: RateLimitName): string =>
  `"${name}";q=${RATE_LIMITS[name].limit};w=${RATE_LIMITS[name].periodSeconds}`;

const STAFF_POLICY = `${policy('credential')}, ${policy('workspace')}`;

/** Counters are per Cloudflare location and permissive: they stop floods, they bill nobody. `off` is for load tests. */
export const limitsAreOn = (env: Env): boolean => env.RATE_LIMITS !== 'off';

/** What a request spends before anything is loaded: its address, then its credential. @throws ServiceError rate_limited. */
export async function spendArrival(env: Env, request: Request, route: Route): Promise<void> {
  await spend(env, 'ip', addressKey(request));
  if (route.kind === 'public') return;
  const credential = credentialKey(request);
  await spend(env, 'credential', credential);
  if (route.limits?.includes('heavy')) await spend(env, 'heavy', credential);
}

/** Spent once the credential is proved, so that no stranger can. @throws ServiceError rate_limited. */
export const spendWorkspace = (env: Env): Promise<void> => spend(env, 'workspace', 'workspace');

/** Counts a refused credential against its address; answers what is said instead of the refusal beyond the limit. */
export const authFailureBeyond = (env: Env, request: Request): Promise<ServiceError | undefined> =>
  beyond(env, 'auth_failures', addressKey(request));

async function spend(env: Env, name: RateLimitName, key: string): Promise<void> {
  const refusal = await beyond(env, name, key);
  if (refusal !== undefined) throw refusal;
}

async function beyond(env: Env, name: RateLimitName, key: string): Promise<ServiceError | undefined> {
  if (!limitsAreOn(env) || (await allows(env[RATE_LIMITS[name].binding], name, key))) return undefined;
  return new ServiceError('rate_limited', DETAILS[name], {
    reason: name,
    retryAfterSeconds: RATE_LIMITS[name].periodSeconds,
  });
}

/** A counter that is out of order turns nobody away. */
async function allows(binding: RateLimit | undefined, name: RateLimitName, key: string): Promise<boolean> {
  try {
    return binding === undefined || (await binding.limit({ key })).success;
  } catch (error) {
    logFailure('rate limit out of order', error, { limit: name });
    return true;
  }
}

/** Headers about limits (IETF RateLimit header fields): the policy on answers to staff; on a 429 which one is spent. */
export function limitHeaders(env: Env, kind: Route['kind'], error?: unknown): Record<string, string> {
  if (!limitsAreOn(env)) return {};
  const spent = error instanceof ServiceError && error.code === 'rate_limited' ? error.reason : undefined;
  if (spent !== undefined && isLimit(spent)) {
    return {
      'ratelimit-policy': policy(spent),
      ratelimit: `"${spent}";r=0;t=${RATE_LIMITS[spent].periodSeconds}`,
    };
  }
  return kind === 'public' ? {} : { 'ratelimit-policy': STAFF_POLICY };
}

const isLimit = (reason: string): reason is RateLimitName => Object.hasOwn(RATE_LIMITS, reason);

/** The platform's address, IPv6 by /64: one household or server is one. */
function addressKey(request: Request): string {
  const text = addressOf(request) ?? '';
  const address = parseIpAddress(text);
  return address?.version === 6 ? (address.value >> 64n).toString(16) : text;
}

/** A digest of what was presented: who knows a key's id alone spends nothing of its allowance. */
function credentialKey(request: Request): string {
  const presented = request.headers.get('authorization') ?? request.headers.get('cf-access-jwt-assertion') ?? '';
  return createHash('sha256').update(presented).digest('base64url');
}
