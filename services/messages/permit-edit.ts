import { ServiceError } from '#schema/errors.ts';
import type { Id } from '#schema/ids.ts';
import type { Authority } from '#services/access/authority.ts';
import { type TicketFacts, ticketDenial } from '#services/access/can.ts';
import { forbidden, type Permit, permitTicket } from '#services/access/permit.ts';
import { requireEditable } from '#services/tickets/edit-ticket.ts';
import type { MessageInHand } from './message-queries.ts';

const MINUTE_MS = 60_000;

/** Null minutes never end. */
export const isWindowOver = ({ createdAt }: { createdAt: Date }, minutes: number | null, now: Date): boolean =>
  minutes !== null && now.getTime() - createdAt.getTime() >= minutes * MINUTE_MS;

export const wrote = ({ message }: MessageInHand, authority: Authority): boolean =>
  message.authorPrincipalId !== null && authority.me.includes(message.authorPrincipalId);

/** The permission that writing such a message needs. */
export const postingNeeds = (audience: MessageInHand['message']['audience']) =>
  audience === 'public' ? 'ticket.reply_public' : 'ticket.comment_internal';

/**
 * Words for one team: it works on the ticket, and its own members write to it, or whoever owns the ticket.
 * @throws ServiceError unprocessable `team_not_on_ticket`, forbidden.
 */
export function requireTeamOf(teamId: Id<'team'>, author: Authority, facts: TicketFacts | undefined): void {
  const onTicket = [facts?.primaryTeamId, facts?.assigneeTeamId, ...(facts?.shares ?? []).map((share) => share.teamId)];
  if (facts === undefined || !onTicket.includes(teamId)) {
    throw new ServiceError('unprocessable', 'The team neither owns the ticket nor has a share in it.', {
      reason: 'team_not_on_ticket',
    });
  }
  const denial = ticketDenial(author, 'ticket.comment_internal', facts, 'own');
  if (!author.myTeams.includes(teamId) && denial !== undefined) throw forbidden('ticket.comment_internal', denial);
}

/**
 * Whoever wrote a message may change it as long as they may still write such: a public one within the window, a note always.
 * @throws ServiceError forbidden: the permission is missing, `not_author`, `edit_window_over`; conflict `ticket_merged`.
 */
export function permitEdit(
  authority: Authority,
  inHand: MessageInHand,
  now: Date,
  mine = wrote(inHand, authority),
): Permit {
  const { message, before, facts, editWindowMinutes } = inHand;
  const needs = postingNeeds(message.audience);
  const permit = permitTicket(authority, needs, facts);
  if (!mine) {
    throw new ServiceError('forbidden', 'Only whoever wrote a message may edit it.', {
      reason: 'not_author',
      extra: { required: [needs] },
    });
  }
  requireEditable(before, null);
  if (message.sharedTeamId !== null) requireTeamOf(message.sharedTeamId, authority, facts);
  if (message.audience === 'public' && isWindowOver(message, editWindowMinutes, now)) {
    throw new ServiceError('forbidden', 'A public message may be edited for some minutes only.', {
      reason: 'edit_window_over',
      extra: { required: [needs] },
    });
  }
  return permit;
}
