import { createHash } from 'node:crypto';
import { publicPermit } from '#services/access/permit.ts';
import { storableLine } from '#services/inbound/storable-text.ts';
import { inboundId, storeInbound } from '#services/inbound/store-inbound.ts';
import { change } from '#services/kernel/change.ts';
import { defineSystemVerb } from '#services/kernel/verb.ts';
import type { MailFacts } from './mail-facts.ts';

const ADDRESS_MAX = 320;

export interface ArrivedMail {
  raw: Uint8Array;
  /** Normalized. */
  recipient: string;
  /** As the sending server said it; empty for `<>`. */
  envelopeFrom: string;
  /** The id under which our mail exchanger writes `Authentication-Results`. */
  authservId: string;
  facts: MailFacts;
}

export const rawKeyOf = (raw: Uint8Array): string => `mail/${createHash('sha256').update(raw).digest('hex')}`;

/** Stores a mail whose bytes are safe already, once, and wakes the consumer. The headers kept are what its load looks up. */
export const storeMail = defineSystemVerb({
  name: 'storeMail',
  actor: 'system',
  load: (_mail: ArrivedMail) => ({}),
  decide(_loaded, { raw, recipient, envelopeFrom, authservId, facts }, { now }) {
    const id = inboundId('mail', facts.key);
    const writes = storeInbound(
      {
        source: 'mail',
        dedupeKey: facts.key,
        event: 'mail',
        action: null,
        scopeKey: recipient,
        entityKey: null,
        headers: {
          from: facts.from?.email ?? '',
          references: facts.references.join(' '),
          'envelope-from': storableLine(envelopeFrom, ADDRESS_MAX),
          'authserv-id': authservId,
        },
        payload: null,
        payloadKey: rawKeyOf(raw),
        sizeBytes: raw.length,
      },
      now,
    );
    return change({
      permit: publicPermit('mail_envelope'),
      answer: id,
      audit: null,
      writes,
      wakes: [{ queue: 'email', message: { kind: 'mail_inbound', id } }],
    });
  },
});
