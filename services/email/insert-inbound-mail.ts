import { type Id, type IdSource, newId } from '#schema/ids.ts';
import { emailMessages } from '#schema/index.ts';
import type { InboundRow } from '#services/inbound/claim-inbound.ts';
import { qb, type Statement, statement } from '#services/kernel/query.ts';
import type { MailPlan } from './mail-plan.ts';
import { mailKey } from './mail-queries.ts';
import type { ReadMail } from './read-mail.ts';
import type { SenderVerdict } from './sender-verdict.ts';

const MOST_REFS = 100;

export interface InboundMail {
  delivery: InboundRow;
  mail: ReadMail;
  plan: MailPlan;
  verdict: SenderVerdict;
  channelId: Id<'ibch'> | null;
  placed: { ticketId: Id<'tkt'>; messageId: Id<'tmsg'> | null; audience: 'public' | 'internal' } | null;
  now: Date;
}

/** The record of a mail that came in: where it went and why, without its text. */
export function insertInboundMail(
  ids: IdSource,
  { delivery, mail, plan, verdict, channelId, placed, now }: InboundMail,
): Statement {
  const { facts, content } = mail;
  const state = plan.do === 'drop' ? 'dropped' : plan.do === 'quarantine' ? 'quarantined' : 'accepted';
  return statement(
    qb.insert(emailMessages).values({
      id: newId(ids, 'mail'),
      direction: 'inbound',
      kind: 'inbound',
      state,
      channelId,
      ticketId: placed?.ticketId ?? null,
      messageId: placed?.messageId ?? null,
      messageAudience: placed === null || placed.messageId === null ? null : placed.audience,
      fromAddress: facts.from?.email ?? null,
      toAddress: delivery.scopeKey,
      subject: facts.subject,
      wireId: facts.messageId,
      inReplyTo: facts.references.at(-1) ?? null,
      wireRefs: facts.references.slice(-MOST_REFS),
      decision: {
        verdict,
        route: plan.do,
        ...('reason' in plan ? { reason: plan.reason } : {}),
        files: content?.files ?? [],
        parser: 1,
      },
      rawKey: delivery.payloadKey,
      sizeBytes: delivery.sizeBytes,
      dedupeKey: mailKey(delivery.dedupeKey),
      finalAt: now,
      createdAt: now,
      updatedAt: now,
    }),
  );
}
