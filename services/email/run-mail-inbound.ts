import type { InboundClaim } from '#services/inbound/claim-inbound.ts';
import type { ObjectStore } from '#services/inbound/object-store.ts';
import { type Kernel, runSystemVerb } from '#services/kernel/run-verb.ts';
import { type MailProcessed, mailActor, processMail } from './process-mail.ts';
import { readMail } from './read-mail.ts';

/** Processes one stored mail with its bytes from the object store. */
export const runMailInbound = (kernel: Kernel, store: ObjectStore, claim: InboundClaim): Promise<MailProcessed> =>
  runSystemVerb(kernel, processMail, claim, mailActor, async ({ delivery }) => {
    if (delivery === undefined || delivery.payloadKey === null) return null;
    const raw = await store.get(delivery.payloadKey);
    return raw === undefined ? null : readMail(raw);
  });
