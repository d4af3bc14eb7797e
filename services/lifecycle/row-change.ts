import type { Permit } from '#services/access/permit.ts';
import type { ActivityDraft, Change } from '#services/kernel/change.ts';
import type { Statement } from '#services/kernel/query.ts';
import type { Deciding } from '#services/kernel/verb.ts';
import { type SlaCause, slaOn } from '#services/sla/sla-on.ts';
import type { LoadedSla } from '#services/sla/sla-state.ts';
import { type Cause, changeTicket, type TicketChange } from '#services/tickets/change-ticket.ts';
import { matchFactsOf } from '#services/tickets/match-facts.ts';
import type { TicketRow } from '#services/tickets/ticket-queries.ts';
import { ticketReference } from '#services/tickets/ticket-view.ts';

export interface RowChange {
  permit: Permit;
  before: TicketRow;
  /** What moves of the row, beside the instant of the last activity. */
  set: Partial<TicketRow['ticket']>;
  /** The names of the status that it moves to. */
  status?: TicketRow['status'];
  tags?: TicketRow['tags'];
  cause: Cause;
  slaCause: SlaCause;
  sla: LoadedSla;
  action: string;
  remembers?: Readonly<Record<string, unknown>>;
  events?: NonNullable<TicketChange<TicketRow>['events']>;
  holds?: readonly Statement[];
  writes?: readonly Statement[];
  activity?: readonly ActivityDraft[];
}

/** Where a row goes, whoever sends it. */
export type RowMove = Pick<RowChange, 'set' | 'status' | 'holds' | 'slaCause' | 'action'>;

/** A change of one ticket among several of a commit, its clocks told; the answer is the row as it will be. */
export function rowChange(edit: RowChange, by: Deciding): Change<TicketRow> {
  const { before, set, status, tags, slaCause, sla, ...rest } = edit;
  const ticket = { ...before.ticket, ...set, lastActivityAt: by.now, updatedAt: by.now };
  const after: TicketRow = { ...before, ticket, status: status ?? before.status, tags: tags ?? before.tags };
  return changeTicket<TicketRow>({
    ...rest,
    before,
    after,
    sla: slaOn({
      cause: slaCause,
      before: before.ticket,
      after: ticket,
      about: matchFactsOf(after),
      aboutBefore: matchFactsOf(before),
      loaded: sla,
      now: by.now,
      ids: by.ids,
      reference: ticketReference({ ticket: { ...ticket, version: before.ticket.version + 1 } }, by.deskUrl),
    }),
    audit: { action: edit.action },
    deskUrl: by.deskUrl,
    answer: (row) => row,
  });
}
