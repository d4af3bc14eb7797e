import { newId } from '#schema/ids.ts';
import { ticketAttachments } from '#schema/index.ts';
import { systemPermit } from '#services/access/permit.ts';
import { metOf } from '#services/contacts/meet-contact.ts';
import { settleInbound } from '#services/inbound/settle-inbound.ts';
import { cutText } from '#services/inbound/storable-text.ts';
import type { Change } from '#services/kernel/change.ts';
import { qb, type Statement, statement } from '#services/kernel/query.ts';
import type { Deciding } from '#services/kernel/verb.ts';
import { type Opening, openTicket } from '#services/tickets/open-ticket.ts';
import type { Requester } from '#services/tickets/opening-people.ts';
import { insertInboundMail } from './insert-inbound-mail.ts';
import type { MailPlan } from './mail-plan.ts';
import { mailKey } from './mail-queries.ts';
import type { MailInHand, MailProcessed } from './process-mail.ts';
import type { SenderVerdict } from './sender-verdict.ts';

const SUBJECT_MAX = 500;

/** A mail as a new ticket of its sender; one that cannot be parsed as an internal ticket with the raw mail attached. */
export function openMailTicket(
  inHand: MailInHand,
  plan: Extract<MailPlan, { do: 'open' | 'open_unparsable' }>,
  verdict: SenderVerdict,
  by: Deciding,
): Change<MailProcessed> {
  const { loaded, delivery, claim, mail } = inHand;
  const { inbox, contact, channel } = loaded;
  const status = inbox?.status ?? loaded.openStatus;
  if (status === undefined || status === null) throw new TypeError('no default status of category open');
  const readable = plan.do === 'open';
  const requester = readable ? requesterOf(inHand) : null;
  const audience = requester === null ? 'internal' : 'public';
  const organization = readable ? organizationOf(contact, verdict) : null;
  const shared = organization?.shareNewTickets === true ? 'org' : (inbox?.inbox.defaultVisibility ?? 'team');
  return openTicket<MailProcessed>(
    {
      permit: systemPermit('mail_inbound'),
      number: loaded.number,
      subject: cutText(mail.facts.subject, SUBJECT_MAX).trim() || '(no subject)',
      channel: 'email',
      priority: inbox?.inbox.defaultPriority ?? 'normal',
      visibility: requester === null ? 'team' : shared,
      status,
      inboxId: inbox?.inbox.id ?? null,
      inboxChannelId: inbox?.channelId ?? null,
      primaryTeamId: inbox?.inbox.primaryTeamId ?? null,
      assigneeTeamId: null,
      assignee: null,
      requester,
      organizationId: organization?.id ?? null,
      assurance: verdict === 'pass' ? 'verified' : 'claimed',
      createdByPrincipalId: null,
      message: openingOf(inHand, requester, audience),
      source: { kind: 'email', address: delivery.scopeKey },
      cause: 'customer',
      sla: { config: loaded.slaConfig, state: null },
      also: (ticketId, messageId) => {
        const placed = { ticketId, messageId, audience } as const;
        const facts = { delivery, mail, plan, verdict, channelId: channel?.id ?? null, placed, now: by.now };
        return [
          insertInboundMail(by.ids, facts),
          ...(readable || messageId === null ? [] : [attachRaw(inHand, placed.ticketId, messageId, by)]),
          settleInbound(claim, { state: 'done', outcome: 'applied', result: { ticketId } }, by.now),
        ];
      },
    },
    by,
    () => 'done',
  );
}

/** The contact's own, else by the domain of an address that is proved: before now, or by this very mail. */
function organizationOf(contact: MailInHand['loaded']['contact'], verdict: SenderVerdict) {
  if (contact === undefined) return null;
  if (contact.organizationId !== null)
    return { id: contact.organizationId, shareNewTickets: contact.shareNewTickets === true };
  return (verdict === 'pass' ? contact.addressOrganization : null) ?? contact.domainOrganization;
}

function requesterOf({ loaded, mail }: MailInHand): Requester | null {
  const { contact } = loaded;
  if (contact !== undefined)
    return {
      contact: { id: contact.id, name: contact.name, organizationId: contact.organizationId },
      principalId: contact.loginId,
    };
  return mail.facts.from === null
    ? null
    : { email: mail.facts.from.email, name: mail.facts.from.name, met: metOf(loaded) };
}

function openingOf(
  { loaded, delivery, mail }: MailInHand,
  requester: Requester | null,
  audience: 'public' | 'internal',
): Opening['message'] {
  const { from } = mail.facts;
  const name = loaded.contact?.name ?? from?.name ?? from?.email ?? '';
  const dedupeKey = mailKey(delivery.dedupeKey);
  if (requester !== null) {
    const author = (contactId: Parameters<NonNullable<Opening['message']>['author']>[0]) =>
      ({ kind: 'customer', principalId: null, contactId, name }) as const;
    return { body: mail.content?.text || '(no text)', author, audience, dedupeKey };
  }
  const sender = from === null ? 'unknown' : `${from.name ?? ''} <${from.email}>`.trim();
  const body = `This mail could not be read. It is attached as it came.\n\nFrom: ${sender}\nTo: ${delivery.scopeKey}`;
  return {
    body,
    author: () => ({ kind: 'system', principalId: null, contactId: null, name: 'Mallard' }),
    audience,
    dedupeKey,
  };
}

/** Named unsafe: nobody has looked into it, so it is offered for download and never shown. */
function attachRaw(
  { delivery, mail }: MailInHand,
  ticketId: Parameters<NonNullable<Opening['also']>>[0],
  messageId: NonNullable<Parameters<NonNullable<Opening['also']>>[1]>,
  by: Deciding,
): Statement {
  return statement(
    qb.insert(ticketAttachments).values({
      id: newId(by.ids, 'tatt'),
      ticketId,
      messageId,
      state: 'attached',
      actorKind: 'system',
      filename: 'message.eml',
      declaredType: 'message/rfc822',
      contentType: 'message/rfc822',
      unsafe: true,
      sizeBytes: delivery.sizeBytes,
      sha256: mail.sha256,
      storageKey: delivery.payloadKey ?? '',
      attachedAt: by.now,
      createdAt: by.now,
    }),
  );
}
