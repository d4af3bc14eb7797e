import type { Id } from '#schema/ids.ts';
import { MOST_MESSAGES } from '#services/messages/add-message.ts';
import type { TicketRow } from '#services/tickets/ticket-queries.ts';
import { automaticMail } from './automatic-mail.ts';
import type { SenderRecord } from './mail-queries.ts';
import type { ReadMail } from './read-mail.ts';
import { type SenderVerdict, senderVerdict } from './sender-verdict.ts';

/** From one address; more is a loop or a flood, and waits for a person. */
const MOST_IN_TEN_MINUTES = 20;
const MOST_A_DAY = 100;

/** What becomes of a mail, decided before anything is written. */
export type MailPlan =
  | { do: 'drop'; reason: 'own_mail' | 'automatic' | 'ticket_closed' }
  | { do: 'quarantine'; reason: 'auth' | 'rate' | 'ticket_full' }
  | { do: 'reply' }
  | { do: 'note'; reason: 'unverified_sender' | 'automatic' }
  | { do: 'open' }
  | { do: 'open_unparsable' };

export interface MailSituation {
  mail: ReadMail;
  envelopeFrom: string;
  authservId: string;
  sender: Pick<SenderRecord, 'own' | 'recent' | 'daily'> | undefined;
  channelSettings: Readonly<Record<string, unknown>>;
  contactId: Id<'contact'> | undefined;
  ticket: Pick<TicketRow['ticket'], 'requesterContactId' | 'messageSeq'> | undefined;
}

/**
 * Own mail and what answers by itself never open a ticket; a disproved sender touches none. Only the requester of the
 * answered ticket writes to its customer, and only when proved; unproved it is a note. Everybody else opens a new one.
 * What a reply to a ticket that is over becomes is decided with it (`reply-rules.ts`).
 */
export function planMail(at: MailSituation): { plan: MailPlan; verdict: SenderVerdict } {
  const { facts, content } = at.mail;
  const sender = facts.from?.email ?? null;
  const verdict = senderVerdict(facts.headers, sender, at.authservId);
  return {
    plan: planOf(at, verdict, content === null, automaticMail(facts.headers, at.envelopeFrom, sender)),
    verdict,
  };
}

function planOf(
  at: MailSituation,
  verdict: SenderVerdict,
  unparsable: boolean,
  automatic: 'answer' | 'notice' | null,
): MailPlan {
  const { sender, ticket } = at;
  if (sender?.own === true) return { do: 'drop', reason: 'own_mail' };
  if (unparsable) return { do: 'open_unparsable' };
  if (verdict === 'fail') return { do: 'quarantine', reason: 'auth' };
  if ((sender?.recent ?? 0) >= MOST_IN_TEN_MINUTES || (sender?.daily ?? 0) >= MOST_A_DAY)
    return { do: 'quarantine', reason: 'rate' };
  const theirs = ticket !== undefined && at.contactId !== undefined && ticket.requesterContactId === at.contactId;
  if (theirs && ticket.messageSeq >= MOST_MESSAGES) return { do: 'quarantine', reason: 'ticket_full' };
  if (theirs && automatic !== null) return { do: 'note', reason: 'automatic' };
  if (automatic === 'answer') return { do: 'drop', reason: 'automatic' };
  if (automatic === 'notice')
    return at.channelSettings.automatedMail === 'ignore' ? { do: 'drop', reason: 'automatic' } : { do: 'open' };
  if (!theirs) return { do: 'open' };
  if (verdict !== 'pass') return { do: 'note', reason: 'unverified_sender' };
  return { do: 'reply' };
}
