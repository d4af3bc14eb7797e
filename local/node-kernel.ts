import { randomFillSync } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { createIdSource } from '#schema/id-source.ts';
import { newId } from '#schema/ids.ts';
import { neonDatabase } from '#services/kernel/neon-database.ts';
import type { Kernel } from '#services/kernel/run-verb.ts';
import { readTargetPolicy } from '#services/outbound/target-policy.ts';
import { createKeyRing } from '#services/secrets/key-ring.ts';

const random = (bytes: Uint8Array): Uint8Array => randomFillSync(bytes);
const ids = createIdSource({ now: () => Date.now(), random });

/**
 * The verbs' surroundings in plain Node, for seeds and tools: the same database port over the local Neon proxy, no
 * queues (the minute tick finds what was written), and a `now` of the caller's choice.
 */
export function nodeKernel(options: {
  databaseUrl: string;
  endpoint: string;
  masterKey: string;
  publicOrigin: string;
  /** As the Worker's `ALLOW_LOCAL_TARGETS`. */
  localTargets: string;
  now?: Date;
}): Kernel {
  return {
    now: options.now ?? new Date(),
    ids,
    random,
    keys: createKeyRing(options.masterKey),
    deskUrl: options.publicOrigin,
    publicOrigin: options.publicOrigin,
    targets: readTargetPolicy({
      ownOrigins: [options.publicOrigin],
      deniedHosts: undefined,
      localTargets: options.localTargets,
    }),
    db: neonDatabase({ url: options.databaseUrl, fetchEndpoint: options.endpoint, clock: () => Date.now() }),
    waker: { wake: async () => undefined },
    waitUntil: () => undefined,
    sleep: (milliseconds) => sleep(milliseconds),
    request: {
      requestId: newId(ids, 'req'),
      surface: 'cli',
      ip: null,
      country: null,
      userAgent: null,
      causation: null,
    },
  };
}
