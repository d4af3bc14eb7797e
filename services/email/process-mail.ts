import { idToUuid } from '#schema/ids.ts';
import { systemPermit } from '#services/access/permit.ts';
import { MEETING_KEYS } from '#services/contacts/meet-contact.ts';
import { buryInbound } from '#services/inbound/bury-inbound.ts';
import { claimInbound, type InboundClaim, type InboundRow } from '#services/inbound/claim-inbound.ts';
import { MOST_RETRIES } from '#services/inbound/retry-delay.ts';
import { type InboundVerdict, settleInbound } from '#services/inbound/settle-inbound.ts';
import { type ActorRow, systemActor } from '#services/kernel/actor.ts';
import { change, type Decision, unchanged } from '#services/kernel/change.ts';
import { defineSystemVerb, type Loaded } from '#services/kernel/verb.ts';
import { addMailMessage, planOnTicket } from './add-mail-message.ts';
import { insertInboundMail } from './insert-inbound-mail.ts';
import { planMail } from './mail-plan.ts';
import { mailQueries } from './mail-queries.ts';
import { openMailTicket } from './open-mail-ticket.ts';
import type { ReadMail } from './read-mail.ts';

export type MailProcessed = InboundVerdict['state'] | 'not_claimed';

const load = (claim: InboundClaim, { now }: { now: Date }) => ({
  delivery: claimInbound('mail', claim, now),
  ...mailQueries(claim.id, now),
});

export type LoadedMail = Loaded<ReturnType<typeof load>>;

/** A claimed mail with all that its decision leans on. */
export interface MailInHand {
  loaded: LoadedMail;
  delivery: InboundRow;
  claim: InboundClaim;
  mail: ReadMail;
}

/**
 * Acts on a stored mail: a ticket, a message on one, a quarantine, or nothing; always with a record of why. Claim and all
 * that is asked about come in one trip, everything that follows in one commit.
 */
export const processMail = defineSystemVerb({
  name: 'processMail',
  actor: 'system',
  draws: true,
  retryOn: [...MEETING_KEYS, 'email_messages_dedupe_key_key', 'ticket_messages_dedupe_key_key'],
  load,
  decide(loaded, claim, by, mail: ReadMail | null): Decision<MailProcessed> {
    const { delivery, recorded, channel } = loaded;
    const permit = systemPermit('mail_inbound');
    if (delivery === undefined) return unchanged(permit, 'not_claimed');
    // Every earlier run that took it ended without a word, so this one might too.
    if (delivery.attempts > MOST_RETRIES + 1) {
      return change<MailProcessed>({
        permit,
        answer: 'dead',
        audit: null,
        writes: buryInbound('mail', claim, 'crashed', by.now),
      });
    }
    if (recorded !== undefined) {
      const settled = settleInbound(claim, { state: 'ignored', outcome: 'noop', reason: 'already_recorded' }, by.now);
      return change<MailProcessed>({ permit, answer: 'ignored', audit: null, writes: [settled] });
    }
    if (mail === null) throw new Error('the raw bytes of a mail are gone');
    const { plan: planned, verdict } = planMail({
      mail,
      envelopeFrom: delivery.headers['envelope-from'] ?? '',
      authservId: delivery.headers['authserv-id'] ?? '',
      sender: loaded.sender,
      channelSettings: channel?.settings ?? {},
      contactId: loaded.contact?.id,
      ticket: loaded.ticket?.ticket,
    });
    const plan = planOnTicket(planned, loaded, by.now);
    const inHand: MailInHand = { loaded, delivery, claim, mail };
    if (plan.do === 'reply' || plan.do === 'note') return addMailMessage(inHand, plan, verdict, by);
    if (plan.do === 'open' || plan.do === 'open_unparsable') return openMailTicket(inHand, plan, verdict, by);
    const record = insertInboundMail(by.ids, {
      delivery,
      mail,
      plan,
      verdict,
      channelId: channel?.id ?? null,
      placed: null,
      now: by.now,
    });
    const settled = settleInbound(claim, { state: 'ignored', outcome: 'skipped', reason: plan.reason }, by.now);
    return change<MailProcessed>({ permit, answer: 'ignored', audit: null, writes: [record, settled] });
  },
});

/** Whoever the mail says wrote it: a customer, known or not. */
export function mailActor({ delivery, contact }: LoadedMail): ActorRow {
  const address = delivery?.headers.from ?? '';
  if (address === '') return systemActor();
  const actorId = contact === undefined ? null : idToUuid(contact.id);
  return { actorKind: 'customer', actorId, actorLabel: contact?.name ?? address, apiKeyId: null };
}
