import type * as z from 'zod';
import type { CreateTicketBody, Ticket } from '#schema/api/tickets.ts';
import { ServiceError } from '#schema/errors.ts';
import type { Authority } from '#services/access/authority.ts';
import { type TicketFacts, ticketDenial } from '#services/access/can.ts';
import { memberAuthorityQuery } from '#services/access/member-authority.ts';
import { forbidden, permitCreate } from '#services/access/permit.ts';
import { MEETING_KEYS } from '#services/contacts/meet-contact.ts';
import { fieldDefinitions } from '#services/custom-fields/field-definition.ts';
import { mergeFieldValues, withDefaults } from '#services/custom-fields/merge-values.ts';
import { requireFields } from '#services/custom-fields/require-fields.ts';
import { holdOrganization } from '#services/directory/hold-live.ts';
import { stagedFiles, stagedQueries } from '#services/files/attach-files.ts';
import { actorOf } from '#services/kernel/actor.ts';
import { unknownReference } from '#services/kernel/refusals.ts';
import { defineVerb, type Loaded } from '#services/kernel/verb.ts';
import { slaConfigQuery } from '#services/sla/sla-queries.ts';
import { assertAssignable, membershipQuery } from './assignee.ts';
import { authorOf, spokenFor } from './author.ts';
import { intakeQueries } from './intake-queries.ts';
import { openTicket } from './open-ticket.ts';
import { type Requester, requesterIds } from './opening-people.ts';
import { holdSeats, requireNotRequester, requireSubject, type Seat, subjectQueries } from './participants.ts';
import { loginQuery, mayName, organizationQuery, requesterKey, requesterOf } from './requester.ts';
import { factsOfRow } from './ticket-queries.ts';
import { applyTags, namedTags } from './ticket-tags.ts';
import { ticketView } from './ticket-view.ts';

export type CreateTicketInput = z.output<typeof CreateTicketBody>;

const load = (input: CreateTicketInput, { now }: { now: Date }) => {
  const { requester, as } = input;
  const teamIds = [input.primaryTeamId, input.assigneeTeamId].filter((id) => id !== undefined);
  const key = requesterKey(requester);
  return {
    ...stagedQueries(input.attachmentIds ?? [], null),
    ...intakeQueries({ inboxId: input.inboxId }, key, teamIds),
    ...subjectQueries(input.participants ?? []),
    login: loginQuery(key.principalId),
    organization: organizationQuery(input.organizationId),
    assignee: memberAuthorityQuery(input.assigneePrincipalId, now),
    assigneeTeams: membershipQuery(input.assigneePrincipalId),
    member: memberAuthorityQuery(as !== undefined && 'principalId' in as ? as.principalId : null, now),
    fields: fieldDefinitions('ticket'),
    known: namedTags(input.tags ?? []),
    slaConfig: slaConfigQuery(),
  };
};

type Found = Loaded<ReturnType<typeof load>>;

/**
 * Opens a ticket by a staff credential. Per field: what is given, else the inbox's default, else the workspace's.
 * @throws ServiceError forbidden; conflict `already_assigned`, `attachment_used`; unprocessable `unknown_reference`,
 *   `team_archived`, `assignee_cannot_view`, `assignee_not_in_team`, `author_not_on_ticket`, `unknown_field`,
 *   `invalid_field`, `missing_fields`, `limit_reached`, `too_many_files`.
 */
export const createTicket = defineVerb({
  name: 'createTicket',
  permission: 'ticket.create',
  draws: true,
  retryOn: [...MEETING_KEYS, 'ticket_tags_name_key'],
  load,

  decide(loaded: Found, input: CreateTicketInput, by): ReturnType<typeof openTicket<Ticket>> {
    const { authority } = by;
    const inbox = loaded.inbox?.inbox;
    const primaryTeamId = input.primaryTeamId ?? inbox?.primaryTeamId ?? null;
    const place = { teamId: primaryTeamId, inboxId: inbox?.id ?? null };
    const permit = permitCreate(authority, 'ticket.create', place);
    requirePlaces(loaded, input);
    const requester = requesterOf(input.requester, loaded, authority);
    const organization = organizationOf(loaded, input, authority);
    const facts = factsOfRow({
      visibility:
        input.visibility ?? (organization?.shareNewTickets === true ? 'org' : (inbox?.defaultVisibility ?? 'team')),
      primaryTeamId,
      assigneeTeamId: input.assigneeTeamId ?? null,
      inboxId: place.inboxId,
      assigneePrincipalId: input.assigneePrincipalId ?? null,
      createdByPrincipalId: authority.principalId,
    });
    requireAssignable(loaded, input, facts, authority);
    const seats = seatsOf(loaded, input, { requester, facts, authority });
    const customFields = withDefaults(
      loaded.fields,
      mergeFieldValues(loaded.fields, {}, input.customFields ?? {}, '/customFields'),
    );
    requireFields(loaded.fields, customFields, 'create');
    const status = loaded.inbox?.status ?? loaded.openStatus;
    if (status === undefined || status === null) throw new TypeError('no default status of category open');
    const contactIds = [requester !== null && 'contact' in requester ? requester.contact.id : null];
    const files = stagedFiles(input.attachmentIds ?? [], loaded, authority.principalId, by.now);
    const opened = openTicket(
      {
        permit,
        number: loaded.number,
        subject: input.subject,
        channel: 'api',
        priority: input.priority ?? inbox?.defaultPriority ?? 'normal',
        visibility: facts.visibility,
        status,
        inboxId: place.inboxId,
        inboxChannelId: null,
        primaryTeamId,
        assigneeTeamId: facts.assigneeTeamId,
        assignee:
          loaded.assignee === undefined ? null : { id: loaded.assignee.principalId, name: loaded.assignee.label },
        requester,
        assurance: 'verified',
        organizationId: organization?.id ?? null,
        createdByPrincipalId: authority.principalId,
        message:
          input.body === undefined && files.length === 0
            ? null
            : {
                body: input.body ?? '',
                files,
                author: () =>
                  authorOf(
                    authority,
                    input.as,
                    { member: loaded.member, contact: loaded.contact },
                    { facts, contactIds, needs: 'ticket.create' },
                  ),
              },
        customFields,
        tagging: applyTags([], { add: input.tags ?? [], remove: [] }, loaded.known, by, '/tags'),
        attendance: { seats, actor: actorOf(authority) },
        outbound: input.outbound === true,
        source: { kind: 'api' },
        cause: 'api',
        sla: { config: loaded.slaConfig, state: null },
        holds: [
          ...(input.organizationId === undefined ? [] : [holdOrganization(input.organizationId)]),
          ...holdSeats(seats, loaded.people),
        ],
      },
      by,
      (row) => ticketView(row, authority, { ...factsOfRow(row.ticket), participantIds: membersOf(seats) }),
    );
    return spokenFor(input.as, opened);
  },
});

function requirePlaces(loaded: Found, input: CreateTicketInput): void {
  if (input.inboxId !== undefined && loaded.inbox === undefined) throw unknownReference('/inboxId');
  for (const field of ['primaryTeamId', 'assigneeTeamId'] as const) {
    const team = loaded.teams.find((each) => each.id === input[field]);
    if (input[field] !== undefined && team === undefined) throw unknownReference(`/${field}`);
    if (team !== undefined && team.archivedAt !== null) {
      throw new ServiceError('unprocessable', 'This team is archived.', { reason: 'team_archived' });
    }
  }
}

/** What is given, else the contact's own, else by the domain of its proved address. */
function organizationOf({ organization, contact }: Found, { organizationId }: CreateTicketInput, authority: Authority) {
  if (organizationId !== undefined) {
    if (organization === undefined || !mayName(authority)) throw unknownReference('/organizationId');
    return organization;
  }
  if (contact === undefined) return null;
  if (contact.organizationId === null) return contact.domainOrganization;
  return { id: contact.organizationId, shareNewTickets: contact.shareNewTickets === true };
}

/** What is assigned with it takes the same right as on the ticket that is there without it: a team is placement. */
function requireAssignable(
  loaded: Found,
  { assigneePrincipalId: person, assigneeTeamId: team }: CreateTicketInput,
  facts: TicketFacts,
  authority: Authority,
): void {
  if (team !== undefined) requireRight(authority, 'ticket.assign_any', { ...facts, assigneeTeamId: null }, 'own');
  if (person === undefined) return;
  requireRight(authority, authority.me.includes(person) ? 'ticket.assign_self' : 'ticket.assign_any', facts);
  assertAssignable(loaded.assignee, facts, loaded.assigneeTeams);
}

/** Each once, and never the requester. Giving others a part takes the same right as on a ticket that is there. */
function seatsOf(
  loaded: Found,
  { participants = [] }: CreateTicketInput,
  made: { requester: Requester | null; facts: TicketFacts; authority: Authority },
): Seat[] {
  if (participants.length === 0) return [];
  requireRight(made.authority, 'ticket.manage_participants', made.facts);
  const seats = new Map<string, Seat>();
  for (const [i, seat] of participants.entries()) {
    requireSubject(seat, loaded, made.authority, `/participants/${i}`);
    requireNotRequester(seat, requesterIds(made.requester));
    seats.set('principalId' in seat ? seat.principalId : seat.contactId, seat);
  }
  return [...seats.values()];
}

function requireRight(...[authority, key, ...at]: Parameters<typeof ticketDenial>): void {
  const denial = ticketDenial(authority, key, ...at);
  if (denial !== undefined) throw forbidden(key, denial);
}

const membersOf = (seats: readonly Seat[]) => seats.flatMap((seat) => ('principalId' in seat ? seat.principalId : []));
