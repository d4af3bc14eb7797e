import type { InboundClaim } from '#services/inbound/claim-inbound.ts';
import type { ObjectStore } from '#services/inbound/object-store.ts';
import { type Kernel, runSystemVerb } from '#services/kernel/run-verb.ts';
import { connectionActor, type Processed, processGithubDelivery } from './process-github-delivery.ts';

/** Processes one delivery with its payload, from the row or from the object store. */
export const runGithubInbound = (kernel: Kernel, store: ObjectStore, claim: InboundClaim): Promise<Processed> =>
  runSystemVerb(kernel, processGithubDelivery, claim, connectionActor, async ({ delivery }) => {
    if (delivery === undefined || delivery.event !== 'issues') return null;
    if (delivery.payloadKey !== null) return (await store.get(delivery.payloadKey)) ?? null;
    return delivery.payload;
  });
