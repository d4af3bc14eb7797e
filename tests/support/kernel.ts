import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import { nodeKernel } from '#local/node-kernel.ts';
import type { Kernel } from '#services/kernel/run-verb.ts';
import type { Wake } from '#services/kernel/wake.ts';

export interface TestKernel extends Kernel {
  /** What was sent to the queues, which nobody consumes. */
  wakes: Wake[];
}

export const TEST_ORIGIN = 'https://desk.example.com';
const masterKey = randomBytes(32).toString('base64');

/** A kernel in Node over the Neon proxy of the run, at a moment of the test's choice. One per act: it counts round trips. */
export function testKernel(databaseUrl: string, now: Date = new Date()): TestKernel {
  const wakes: Wake[] = [];
  const kernel = nodeKernel({
    databaseUrl,
    endpoint: inject('neonEndpoint'),
    masterKey,
    publicOrigin: TEST_ORIGIN,
    localTargets: '',
    now,
  });
  return {
    ...kernel,
    wakes,
    waker: {
      wake: async (sent) => {
        wakes.push(...sent);
      },
    },
  };
}
