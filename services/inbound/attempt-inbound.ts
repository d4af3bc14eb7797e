import { ServiceError } from '#schema/errors.ts';
import type { Id } from '#schema/ids.ts';
import { systemActor } from '#services/kernel/actor.ts';
import { type Kernel, runSystemVerb } from '#services/kernel/run-verb.ts';
import type { InboundClaim } from './claim-inbound.ts';
import { type FailedInbound, failInbound } from './fail-inbound.ts';

/**
 * One attempt at a delivery under a lease of its own. A failure is noted on the row, which then is due again or dead, and
 * thrown on, so that it is logged. @throws whatever `run` threw.
 */
export async function attemptInbound<Output>(
  kernel: Kernel,
  source: FailedInbound['source'],
  id: Id<'inbd'>,
  run: (claim: InboundClaim) => Promise<Output>,
): Promise<Output> {
  const claim: InboundClaim = { id, leaseToken: kernel.ids.nextUuid() };
  try {
    return await run(claim);
  } catch (error) {
    const reason = error instanceof ServiceError ? error.code : 'internal';
    await runSystemVerb(kernel, failInbound, { ...claim, source, reason }, systemActor());
    throw error;
  }
}
