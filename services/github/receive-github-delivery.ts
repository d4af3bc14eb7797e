import { publicPermit } from '#services/access/permit.ts';
import { inboundId, storeInbound } from '#services/inbound/store-inbound.ts';
import { change } from '#services/kernel/change.ts';
import { defineSystemVerb } from '#services/kernel/verb.ts';
import type { VerifiedDelivery } from './verify-github-delivery.ts';

/** Larger payloads lie in the object store, so that the table stays small. */
const MOST_INLINE_BYTES = 64 * 1024;

/** Where a payload that is too large for the row goes; null for one that is not. */
export const payloadKeyOf = ({ headers, bytes }: VerifiedDelivery): string | null =>
  bytes.length > MOST_INLINE_BYTES ? `inbound/github/${headers.guid}` : null;

/** Stores a verified delivery under its guid, once, and wakes the consumer. What it means is decided later. */
export const receiveGithubDelivery = defineSystemVerb({
  name: 'receiveGithubDelivery',
  actor: 'integration',
  load: (_delivery: VerifiedDelivery) => ({}),
  decide(_loaded, delivery, { now }) {
    const { headers, bytes, facts } = delivery;
    const payloadKey = payloadKeyOf(delivery);
    const writes = storeInbound(
      {
        source: 'github',
        dedupeKey: headers.guid,
        event: headers.event,
        action: facts.action,
        scopeKey: facts.repositoryId,
        entityKey: facts.issueId,
        headers: { 'x-github-delivery': headers.guid, 'x-github-event': headers.event },
        payload: payloadKey === null ? bytes : null,
        payloadKey,
        sizeBytes: bytes.length,
      },
      now,
    );
    const id = inboundId('github', headers.guid);
    return change({
      permit: publicPermit('github_signature'),
      answer: id,
      audit: null,
      writes,
      wakes: [{ queue: 'github', message: { kind: 'github_inbound', id } }],
    });
  },
});
