import type { Outbound, ResolvedHost } from '#services/outbound/outbound.ts';
import type { Env } from './env.ts';
import { targetPolicy } from './kernel.ts';

const DOH_URL = 'https://cloudflare-dns.com/dns-query';

// Kept for a minute at most, per isolate.
const resolved = new Map<string, ResolvedHost>();

/** The far side of the network for this Worker: the platform's `fetch` behind the rules of this deployment. */
export const makeOutbound = (env: Env): Outbound => ({
  fetch: (url, init) => fetch(url, init),
  now: () => Date.now(),
  policy: targetPolicy(env),
  dohUrl: env.WEBHOOK_DOH_URL ?? DOH_URL,
  resolved,
});
