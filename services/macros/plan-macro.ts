import { sql } from 'drizzle-orm';
import type { TicketAction } from '#schema/api/bulk.ts';
import type { MacroPreview } from '#schema/api/macros.ts';
import type { Ticket } from '#schema/api/tickets.ts';
import { ServiceError } from '#schema/errors.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { messageText } from '#schema/message-text.ts';
import { fillPlaceholders } from '#schema/placeholders.ts';
import type { Authority } from '#services/access/authority.ts';
import type { TicketFacts } from '#services/access/can.ts';
import {
  joinPermits,
  notFound,
  type Permit,
  permitShared,
  permitTicket,
  permitTicketView,
} from '#services/access/permit.ts';
import { attempt } from '#services/kernel/attempt.ts';
import type { Decision } from '#services/kernel/change.ts';
import { rows } from '#services/kernel/query.ts';
import type { Deciding, Loaded, Loading } from '#services/kernel/verb.ts';
import { addMessage } from '#services/messages/add-message.ts';
import { postingNeeds } from '#services/messages/permit-edit.ts';
import { authorOf } from '#services/tickets/author.ts';
import { editTicket } from '#services/tickets/edit-ticket.ts';
import { mayName } from '#services/tickets/requester.ts';
import { factsOf, factsOfRow, type TicketRow } from '#services/tickets/ticket-queries.ts';
import { ticketReference, ticketView } from '#services/tickets/ticket-view.ts';
import { escapeMarkdown } from './escape-markdown.ts';
import { actionsOf, type MacroRow, macroById, messageOf } from './macro-queries.ts';
import { joinEdits, loadForActions, type PlannedActions, planActions, reached, withBeside } from './plan-actions.ts';

/** What a message holds at most. */
const MOST_CHARACTERS = 100_000;

export interface MacroOnTicket {
  ticketId: Id<'tkt'>;
  macroId: Id<'macro'>;
  /** Said as it stands instead of the macro's text; null says nothing. */
  messageOverride?: string | null | undefined;
}

export const loadMacro = ({ ticketId, macroId }: MacroOnTicket, at: Loading) => ({
  ...loadForActions(ticketId, actionsOf(macroId), at),
  macro: macroById(macroId),
  organizationName: rows<{ ticketId: string; name: string }>(
    sql`select public.to_typeid('tkt', t.id) as "ticketId", o.name from tickets t join organizations o on o.id = t.organization_id
      where t.id = ${idToUuid(ticketId)}::uuid`,
  ),
});

export type LoadedMacro = Loaded<ReturnType<typeof loadMacro>>;
type By = Deciding & { authority: Authority };

export interface MacroPlan {
  macro: MacroRow;
  permit: Permit;
  facts: TicketFacts;
  before: TicketRow;
  after: TicketRow;
  edits: PlannedActions['edits'];
  message: MacroPreview['message'];
  /** Of an action by its place; null is the message. */
  refusals: { action: number | null; error: ServiceError }[];
}

/**
 * What a macro would do to a ticket and what stands against it.
 * @throws ServiceError not_found for a ticket or macro that the caller does not see.
 */
export function planMacro(loaded: LoadedMacro, { messageOverride }: MacroOnTicket, by: By): MacroPlan {
  const { authority } = by;
  const [macro] = loaded.macro;
  const actions = (macro?.actions ?? []) as TicketAction[];
  const whole = reached(loaded, actions, authority);
  const before = whole.ticket;
  const facts = factsOf(whole);
  permitTicketView(authority, facts);
  const seen = permitShared(authority, 'macro.manage', macro, 'see');
  if (macro === undefined || before === undefined || facts === undefined) throw notFound();
  const message = messageOf(macro);
  const { edits, after, refusals } = planActions(actions, whole, by);
  const body = messageOverride === undefined ? message && fill(message.body, loaded, before, by) : messageOverride;
  const said = body === null ? null : { body, audience: message?.audience ?? 'internal' };
  const permits = edits.map(({ permit }) => permit);
  const spoken = attempt(() => (said === null ? seen : permitMessage(said, message !== null, facts, authority)));
  return {
    macro,
    permit: joinPermits(seen, spoken instanceof ServiceError ? permits : [...permits, spoken]),
    facts,
    before,
    after,
    edits,
    message: said,
    refusals: [...refusals, ...(spoken instanceof ServiceError ? [{ action: null, error: spoken }] : [])],
  };
}

function permitMessage(
  { body, audience }: NonNullable<MacroPreview['message']>,
  hasText: boolean,
  facts: TicketFacts,
  authority: Authority,
): Permit {
  const permit = permitTicket(authority, postingNeeds(audience), facts);
  if (!hasText || messageText(body).trim() === '')
    throw new ServiceError('unprocessable', 'The macro has no text for this ticket.', { reason: 'nothing_to_say' });
  if (body.length > MOST_CHARACTERS)
    throw new ServiceError('unprocessable', 'On this ticket the text is longer than a message may be.', {
      reason: 'out_of_range',
    });
  return permit;
}

function fill(text: string, { organizationName: [organization] }: LoadedMacro, row: TicketRow, by: By): string {
  const { ticket, requesterName } = row;
  const value = (words: string | null | undefined) => (words ? escapeMarkdown(words) || null : null);
  const first = (name: string | null) => value(name?.trim().split(/\s/)[0]);
  return fillPlaceholders(text, {
    'ticket.number': String(ticket.number),
    'ticket.subject': value(ticket.subject),
    'ticket.url': ticketReference(row, by.deskUrl).url,
    'requester.name': value(requesterName),
    'requester.first_name': first(requesterName),
    'agent.name': value(by.authority.label),
    'agent.first_name': first(by.authority.label),
    'organization.name': mayName(by.authority) ? value(organization?.name) : null,
  });
}

/** A plan that nothing stands against as one change: every field, and the words with it. */
export function changeByMacro(plan: MacroPlan, { slaConfig, slaState }: LoadedMacro, by: By): Decision<Ticket> {
  const { macro, permit, facts, before, message } = plan;
  const { authority } = by;
  const sla = { config: slaConfig, state: slaState };
  const edit = {
    ...joinEdits(plan, by.now),
    action: 'macro.applied',
    audited: { macro: { id: macro.id, name: macro.name } },
  };
  if (message === null)
    return withBeside(editTicket({ ...edit, permit, before, facts, cause: 'macro', sla, by }), plan, 'macro');
  const speaker = { member: undefined, contact: undefined };
  const needs = postingNeeds(message.audience);
  const said = addMessage<Ticket>(
    {
      permit,
      before,
      author: authorOf(authority, undefined, speaker, { facts, contactIds: [], needs }),
      audience: message.audience,
      via: 'api',
      body: message.body,
      status: undefined,
      openStatus: undefined,
      sla,
      cause: 'macro',
      edit,
    },
    by,
    (_message, row) => ticketView(row, authority, factsOfRow(row.ticket, facts.shares, facts.participantIds)),
  );
  return withBeside(said, plan, 'macro');
}
