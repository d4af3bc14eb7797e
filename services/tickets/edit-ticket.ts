import type { Ticket } from '#schema/api/tickets.ts';
import { ServiceError } from '#schema/errors.ts';
import type { Id } from '#schema/ids.ts';
import type { Authority } from '#services/access/authority.ts';
import type { TicketFacts } from '#services/access/can.ts';
import type { Permit } from '#services/access/permit.ts';
import { type Decision, unchanged } from '#services/kernel/change.ts';
import type { Statement } from '#services/kernel/query.ts';
import type { Deciding } from '#services/kernel/verb.ts';
import { requireVersion, type VersionGuard } from '#services/kernel/version-guard.ts';
import { type LoadedSla, slaOn } from '#services/sla/sla-on.ts';
import { type Cause, changeTicket, diffTicket, type TicketChange } from './change-ticket.ts';
import { type ChangedField, readVersion } from './changed-since.ts';
import { matchFactsOf } from './match-facts.ts';
import { factsOfRow, type TicketRow } from './ticket-queries.ts';
import { ticketReference, ticketSummary, ticketView } from './ticket-view.ts';

/**
 * The order of refusals that every ticket verb shares after 404 and 403: merged (409), then the client's version (412),
 * which names what moved `since`. An edit of `fields` that nobody touched since passes, stale as it is.
 */
export function requireEditable(
  row: TicketRow,
  ifMatch: VersionGuard | null,
  since: readonly ChangedField[] = [],
  authority: Authority | null = null,
  fields?: readonly string[],
): void {
  if (row.ticket.mergedIntoId !== null) {
    throw new ServiceError('conflict', 'This ticket was merged into another.', { reason: 'ticket_merged' });
  }
  const read = readVersion(ifMatch);
  const older = read !== undefined && read < row.ticket.version;
  if (fields !== undefined && older && !since.some(({ field }) => fields.includes(field))) return;
  requireVersion(ifMatch, row.ticket.version, ticketSummary(row, authority), { changedSince: since });
}

/** An edit that passed its checks: the row as it is and as it is to be. */
export interface TicketEdit {
  permit: Permit;
  before: TicketRow;
  after: TicketRow;
  facts: TicketFacts;
  cause: Cause;
  slaCause: 'fields' | 'status';
  sla: LoadedSla;
  holds?: readonly Statement[];
  /** What the edit does beside the row: people who come along, tags that are new. */
  also?: Pick<Partial<TicketChange<Ticket>>, 'writes' | 'events' | 'activity'>;
  action: string;
  /** What the audit names beside the difference. */
  audited?: Record<string, unknown>;
}

/** An edit of fields: clocks told of the difference, nothing written when nothing would change. */
export function editTicket(edit: TicketEdit & { by: Deciding & { authority: Authority } }): Decision<Ticket> {
  const { before, after, by } = edit;
  const answer = (row: TicketRow): Ticket =>
    ticketView(row, by.authority, factsOfRow(row.ticket, edit.facts.shares, edit.facts.participantIds));
  if (diffTicket(before, after).length === 0) return unchanged(edit.permit, answer(before));
  const touched = { ...after, ticket: { ...after.ticket, lastActivityAt: by.now, updatedAt: by.now } };
  const sla = slaOn({
    cause: edit.slaCause,
    before: before.ticket,
    after: touched.ticket,
    about: matchFactsOf(touched),
    aboutBefore: matchFactsOf(before),
    loaded: edit.sla,
    now: by.now,
    ids: by.ids,
    reference: ticketReference({ ticket: { ...touched.ticket, version: before.ticket.version + 1 } }, by.deskUrl),
  });
  return changeTicket({
    permit: edit.permit,
    before,
    after: touched,
    cause: edit.cause,
    sla,
    holds: edit.holds ?? [],
    ...edit.also,
    audit: { action: edit.action, changes: edit.audited ?? {} },
    deskUrl: by.deskUrl,
    answer,
  });
}

export interface TicketEditInput {
  ticketId: Id<'tkt'>;
  ifMatch: VersionGuard | null;
}

/** A person edits as an agent, a program as the API. */
export const causeOf = (authority: Authority): Cause => (authority.keyId === null ? 'agent' : 'api');
