import { neonDatabase } from '#services/kernel/neon-database.ts';
import type { Kernel } from '#services/kernel/run-verb.ts';
import type { RequestFacts } from '#services/kernel/verb.ts';
import { readTargetPolicy, type TargetPolicy } from '#services/outbound/target-policy.ts';
import { createKeyRing, type KeyRing } from '#services/secrets/key-ring.ts';
import type { Context, Env } from './env.ts';
import { idSource, random } from './id-source.ts';
import { queueWaker } from './wake.ts';

let keys: { text: string; ring: KeyRing } | undefined;

/** What verbs run with in this Worker: the clock, ids, randomness, keys, database and queues of the platform. */
export function makeKernel(env: Env, context: Context, request: RequestFacts): Kernel {
  if (keys?.text !== env.MASTER_KEY) keys = { text: env.MASTER_KEY, ring: createKeyRing(env.MASTER_KEY) };
  return {
    now: new Date(),
    ids: idSource(),
    random,
    keys: keys.ring,
    db: neonDatabase({ url: env.DATABASE_URL, fetchEndpoint: env.NEON_FETCH_ENDPOINT, clock: () => Date.now() }),
    waker: queueWaker(env),
    waitUntil: (promise) => context.waitUntil(promise),
    sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    request,
    deskUrl: env.DESK_URL ?? env.PUBLIC_ORIGIN,
    publicOrigin: env.PUBLIC_ORIGIN,
    targets: targetPolicy(env),
  };
}

/** Which addresses a user may name; the deployment's own hosts are none. */
export const targetPolicy = (env: Env): TargetPolicy =>
  readTargetPolicy({
    ownOrigins: [env.PUBLIC_ORIGIN, env.DESK_URL, env.FILES_ORIGIN],
    deniedHosts: env.WEBHOOK_DENIED_HOSTS,
    localTargets: env.ALLOW_LOCAL_TARGETS,
  });
