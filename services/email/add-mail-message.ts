import { systemPermit } from '#services/access/permit.ts';
import { settleInbound } from '#services/inbound/settle-inbound.ts';
import type { Change } from '#services/kernel/change.ts';
import type { Deciding } from '#services/kernel/verb.ts';
import { addMessage } from '#services/messages/add-message.ts';
import type { Author } from '#services/tickets/author.ts';
import { insertInboundMail } from './insert-inbound-mail.ts';
import type { MailPlan } from './mail-plan.ts';
import { mailKey } from './mail-queries.ts';
import type { MailInHand, MailProcessed } from './process-mail.ts';
import type { SenderVerdict } from './sender-verdict.ts';

/** A mail on the ticket that it answers: the customer's message, or a note that the team reads. */
export function addMailMessage(
  { loaded, delivery, claim, mail }: MailInHand,
  plan: Extract<MailPlan, { do: 'reply' | 'note' }>,
  verdict: SenderVerdict,
  by: Deciding,
): Change<MailProcessed> {
  const { ticket: before, contact, channel, openStatus } = loaded;
  const email = mail.facts.from?.email ?? '';
  if (before === undefined || contact === undefined) throw new TypeError('a reply without its ticket or its contact');
  const audience = plan.do === 'reply' ? 'public' : 'internal';
  const author: Author =
    plan.do === 'reply'
      ? { kind: 'customer', principalId: null, contactId: contact.id, name: contact.name ?? email }
      : { kind: 'automation', principalId: null, contactId: null, name: email };
  const added = addMessage(
    {
      permit: systemPermit('mail_inbound'),
      before,
      author,
      audience,
      via: 'email',
      body: mail.content?.text || '(no text)',
      dedupeKey: mailKey(delivery.dedupeKey),
      status: undefined,
      openStatus,
      sla: { config: loaded.slaConfig, state: loaded.slaState },
      cause: 'customer',
    },
    by,
    (message) => message.id,
  );
  const ticketId = before.ticket.id;
  const placed = { ticketId, messageId: added.answer, audience } as const;
  const record = insertInboundMail(by.ids, {
    delivery,
    mail,
    plan,
    verdict,
    channelId: channel?.id ?? null,
    placed,
    now: by.now,
  });
  const settled = settleInbound(claim, { state: 'done', outcome: 'applied', result: { ticketId } }, by.now);
  return { ...added, answer: 'done', writes: [...added.writes, record, settled] };
}
