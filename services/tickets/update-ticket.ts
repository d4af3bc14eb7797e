import { eq } from 'drizzle-orm';
import type * as z from 'zod';
import type { UpdateTicketBody } from '#schema/api/tickets.ts';
import { ServiceError } from '#schema/errors.ts';
import { inboxes, teams } from '#schema/index.ts';
import type { Authority } from '#services/access/authority.ts';
import { permitTicket, requireWithinLimits } from '#services/access/permit.ts';
import { type LoadedMet, MEETING_KEYS, metQueries } from '#services/contacts/meet-contact.ts';
import { type FieldDefinition, type FieldValues, fieldDefinitions } from '#services/custom-fields/field-definition.ts';
import { mergeFieldValues } from '#services/custom-fields/merge-values.ts';
import { holdContact, holdOrganization } from '#services/directory/hold-live.ts';
import { canonicalJson } from '#services/kernel/canonical-json.ts';
import { isChange } from '#services/kernel/change.ts';
import { given } from '#services/kernel/field-changes.ts';
import { none, nothing, qb, statement } from '#services/kernel/query.ts';
import { unknownReference } from '#services/kernel/refusals.ts';
import { type Deciding, defineVerb, type Loaded } from '#services/kernel/verb.ts';
import { slaConfigQuery, slaStateQuery } from '#services/sla/sla-queries.ts';
import { changedSinceQuery } from './changed-since.ts';
import { causeOf, editTicket, requireEditable, type TicketEdit, type TicketEditInput } from './edit-ticket.ts';
import { type ParticipantRow, participantsOf } from './participants.ts';
import { replaceRequester } from './replace-requester.ts';
import { contactQuery, loginQuery, mayName, organizationQuery, requesterKey, requesterOf } from './requester.ts';
import { factsOf, factsOfRow, one, type TicketRow, ticketById } from './ticket-queries.ts';

export interface UpdateTicketInput extends TicketEditInput {
  changes: Omit<z.output<typeof UpdateTicketBody>, 'version'>;
  /** Lets a stale edit through whose fields nobody touched since. */
  conflict?: 'merge' | undefined;
}

/** Where a ticket belongs: whoever changes it must own the ticket, so nobody pulls one to their side. */
const PLACEMENT = ['visibility', 'inboxId', 'primaryTeamId'] as const;

const load = ({ ticketId, changes, ifMatch }: UpdateTicketInput) => ({
  ...ticketById(ticketId),
  since: changedSinceQuery(ticketId, ifMatch),
  inbox: one(
    statement(
      qb
        .select()
        .from(inboxes)
        .where(changes.inboxId ? eq(inboxes.id, changes.inboxId) : nothing),
    ),
  ),
  team: one(
    statement(
      qb
        .select()
        .from(teams)
        .where(changes.primaryTeamId ? eq(teams.id, changes.primaryTeamId) : nothing),
    ),
  ),
  organization: organizationQuery(changes.organizationId),
  contact: contactQuery(requesterKey(changes.requester)),
  ...metQueries(requesterKey(changes.requester).email),
  login: loginQuery(requesterKey(changes.requester).principalId),
  seats: changes.requester === undefined ? none<ParticipantRow>() : participantsOf(ticketId),
  fields: changes.customFields === undefined ? none<FieldDefinition>() : fieldDefinitions('ticket'),
  slaConfig: slaConfigQuery(),
  slaState: slaStateQuery(ticketId),
});

type LoadedUpdate = Loaded<ReturnType<typeof load>>;
/** Who may become the requester. */
type LoadedPeople = Pick<LoadedUpdate, 'contact' | 'login' | 'seats' | keyof LoadedMet>;

/** The edit, before the people whom it meets; `from` is the row that other edits of the same commit have left. */
export function planUpdate(
  loaded: Omit<LoadedUpdate, keyof LoadedPeople>,
  { changes, ifMatch, conflict }: UpdateTicketInput,
  by: Deciding & { authority: Authority },
  { from, people }: { from?: TicketRow; people?: LoadedPeople },
): TicketEdit & Pick<ReturnType<typeof replaceRequester>, 'met'> {
  const facts = factsOf(loaded);
  const placed = PLACEMENT.some((field) => changes[field] !== undefined);
  const permit = permitTicket(by.authority, 'ticket.edit_fields', facts, placed ? 'own' : 'full');
  const before = from ?? (loaded.ticket as TicketRow);
  requireEditable(before, ifMatch, loaded.since, by.authority, conflict === 'merge' ? fieldsOf(changes) : undefined);
  if (changes.inboxId && loaded.inbox === undefined) throw unknownReference('/inboxId');
  if (loaded.inbox?.archivedAt)
    throw new ServiceError('unprocessable', 'This inbox is archived.', { reason: 'inbox_archived' });
  if (changes.primaryTeamId && loaded.team === undefined) throw unknownReference('/primaryTeamId');
  if (loaded.team?.archivedAt)
    throw new ServiceError('unprocessable', 'This team is archived.', { reason: 'team_archived' });
  const moved = changes.inboxId !== undefined && changes.inboxId !== before.ticket.inboxId;
  const team =
    moved && changes.primaryTeamId === undefined ? { primaryTeamId: loaded.inbox?.primaryTeamId ?? null } : {};
  if (changes.organizationId && (loaded.organization === undefined || !mayName(by.authority)))
    throw unknownReference('/organizationId');
  const { requester, keepPrevious, customFields, ...columns } = changes;
  const cause = causeOf(by.authority);
  const replaced =
    requester === undefined || people === undefined
      ? { after: before, met: null, found: null, also: {} }
      : replaceRequester(before, requesterOf(requester, people, by.authority), people.seats, {
          ...by,
          cause,
          keep: keepPrevious === 'cc',
        });
  const values: { customFields?: FieldValues } =
    customFields === undefined
      ? {}
      : { customFields: mergeFieldValues(loaded.fields, before.ticket.customFields, customFields, '/customFields') };
  const seen = loaded.fields.some(
    ({ key, portal }) =>
      portal !== 'hidden' &&
      canonicalJson(values.customFields?.[key] ?? null) !== canonicalJson(before.ticket.customFields[key] ?? null),
  );
  const told = seen && customFields !== undefined ? { lastPublicAt: by.now } : {};
  const after = {
    ...replaced.after,
    ticket: { ...replaced.after.ticket, ...given(columns), ...team, ...values, ...told },
  };
  if (placed) requireWithinLimits(by.authority, 'ticket.edit_fields', factsOfRow(after.ticket));
  return {
    permit,
    before,
    after,
    facts: facts as NonNullable<typeof facts>,
    cause,
    slaCause: 'fields',
    sla: { config: loaded.slaConfig, state: loaded.slaState },
    holds: [
      ...(columns.organizationId ? [holdOrganization(columns.organizationId)] : []),
      ...(replaced.found === null ? [] : [holdContact(replaced.found)]),
    ],
    also: replaced.also,
    action: 'ticket.updated',
    met: replaced.met,
  };
}

/**
 * Changes fields. What is absent stays, null clears; a move to another inbox sets its team unless one is given. A stale
 * edit is refused with what moved since, or merged where that is asked for and the edits are disjoint.
 * @throws ServiceError not_found, forbidden, conflict `ticket_merged`, stale_version, unprocessable
 *   `unknown_reference`, `inbox_archived`, `team_archived`, `unknown_field`, `invalid_field`, `limit_reached`.
 */
export const updateTicket = defineVerb({
  name: 'updateTicket',
  permission: 'ticket.edit_fields',
  retryOn: MEETING_KEYS,
  load,
  decide(loaded, input: UpdateTicketInput, by) {
    const { met, ...edit } = planUpdate(loaded, input, by, { people: loaded });
    const decision = editTicket({ ...edit, by });
    return met === null || !isChange(decision)
      ? decision
      : {
          ...decision,
          holds: [...(met.also.holds ?? []), ...decision.holds],
          roots: [...(met.also.roots ?? []), ...decision.roots],
          events: [...(met.also.events ?? []), ...decision.events],
        };
  },
});

/** What an edit touches, as the history of a ticket names it; a new inbox brings its team. */
function fieldsOf(changes: UpdateTicketInput['changes']): string[] {
  const sent = Object.entries(changes).flatMap(([field, value]) => (value === undefined ? [] : [field]));
  return [
    ...sent,
    ...(sent.includes('inboxId') ? ['primaryTeamId'] : []),
    ...(sent.includes('requester') ? ['requesterContactId', 'requesterPrincipalId'] : []),
    ...Object.keys(changes.customFields ?? {}).map((key) => `customFields.${key}`),
  ];
}
