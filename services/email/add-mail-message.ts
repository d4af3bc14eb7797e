import type { Id } from '#schema/ids.ts';
import { systemPermit } from '#services/access/permit.ts';
import { settleInbound } from '#services/inbound/settle-inbound.ts';
import type { Change } from '#services/kernel/change.ts';
import type { Statement } from '#services/kernel/query.ts';
import type { Deciding } from '#services/kernel/verb.ts';
import { addMessage } from '#services/messages/add-message.ts';
import { replyAsCustomer } from '#services/messages/reply-as-customer.ts';
import { replyRoute } from '#services/messages/reply-rules.ts';
import type { Author } from '#services/tickets/author.ts';
import type { TicketRow } from '#services/tickets/ticket-queries.ts';
import { insertInboundMail } from './insert-inbound-mail.ts';
import type { MailPlan } from './mail-plan.ts';
import { mailKey } from './mail-queries.ts';
import type { LoadedMail, MailInHand, MailProcessed } from './process-mail.ts';
import type { SenderVerdict } from './sender-verdict.ts';

/** A mail on the ticket that it answers: the customer's message, or a note that the team reads. */
export function addMailMessage(
  { loaded, delivery, claim, mail }: MailInHand,
  plan: Extract<MailPlan, { do: 'reply' | 'note' }>,
  verdict: SenderVerdict,
  by: Deciding,
): Change<MailProcessed> {
  const { ticket: asked, contact, channel, reply } = loaded;
  const email = mail.facts.from?.email ?? '';
  if (asked === undefined || contact === undefined || reply === undefined)
    throw new TypeError('a reply without its ticket or its contact');
  const audience = plan.do === 'reply' ? 'public' : 'internal';
  const said = {
    permit: systemPermit('mail_inbound'),
    via: 'email',
    body: mail.content?.text || '(no text)',
    dedupeKey: mailKey(delivery.dedupeKey),
  } as const;
  const recorded = (ticketId: Id<'tkt'>, messageId: Id<'tmsg'>): Statement[] => [
    insertInboundMail(by.ids, {
      delivery,
      mail,
      plan,
      verdict,
      channelId: channel?.id ?? null,
      placed: { ticketId, messageId, audience },
      now: by.now,
    }),
    settleInbound(claim, { state: 'done', outcome: 'applied', result: { ticketId } }, by.now),
  ];
  if (plan.do === 'reply') {
    const author: Author = { kind: 'customer', principalId: null, contactId: contact.id, name: contact.name ?? email };
    const door = { mayWrite: () => true, createdByPrincipalId: null, also: recorded };
    return replyAsCustomer({ ...said, ...door, asked: asked.ticket.id, loaded, author }, by, () => 'done');
  }
  const before = landingOf(loaded) ?? asked;
  const added = addMessage(
    {
      ...said,
      before,
      author: { kind: 'automation', principalId: null, contactId: null, name: email },
      audience,
      status: undefined,
      openStatus: undefined,
      sla: { config: loaded.slaConfig, state: loaded.replySla.get(before.ticket.id) ?? null },
      cause: 'customer',
    },
    by,
    (message) => message.id,
  );
  return { ...added, answer: 'done', writes: [...added.writes, ...recorded(before.ticket.id, added.answer)] };
}

/** The ticket that takes what is written to the answered one: itself, or the one that it went into. */
const landingOf = ({ reply, replyRows }: Pick<LoadedMail, 'reply' | 'replyRows'>): TicketRow | undefined =>
  replyRows.find(({ ticket }) => ticket.id === reply?.landing.id);

/** A reply that its ticket refuses is recorded alone; on one that was merged away nobody leaves a note. */
export function planOnTicket(plan: MailPlan, loaded: LoadedMail, now: Date): MailPlan {
  const landing = landingOf(loaded)?.ticket;
  if (landing === undefined || loaded.reply === undefined) return plan;
  if (plan.do === 'reply' && replyRoute(landing, loaded.reply.rules, now) === 'refuse')
    return { do: 'drop', reason: 'ticket_closed' };
  if (plan.do !== 'note' || landing.mergedIntoId === null) return plan;
  return plan.reason === 'automatic' ? { do: 'drop', reason: 'automatic' } : { do: 'open' };
}
