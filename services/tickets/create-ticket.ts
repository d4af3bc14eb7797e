import type * as z from 'zod';
import type { CreateTicketBody, Ticket } from '#schema/api/tickets.ts';
import { requireEmail } from '#schema/email-address.ts';
import { ServiceError } from '#schema/errors.ts';
import { ticketDenial } from '#services/access/can.ts';
import { holdTeam } from '#services/access/hold.ts';
import { memberAuthorityQuery } from '#services/access/member-authority.ts';
import { forbidden, permitCreate } from '#services/access/permit.ts';
import { stagedFiles, stagedQueries } from '#services/files/attach-files.ts';
import { unknownReference } from '#services/kernel/refusals.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { slaConfigQuery } from '#services/sla/sla-queries.ts';
import { assertAssignable, membershipQuery } from './assignee.ts';
import { authorOf } from './author.ts';
import { intakeQueries } from './intake-queries.ts';
import { openTicket, type Requester } from './open-ticket.ts';
import { factsOfRow } from './ticket-queries.ts';
import { ticketView } from './ticket-view.ts';

export type CreateTicketInput = z.output<typeof CreateTicketBody>;

/**
 * Opens a ticket by a staff credential. Per field: what is given, else the inbox's default, else the workspace's.
 * @throws ServiceError forbidden; unprocessable `unknown_reference`, `team_archived`, `assignee_cannot_view`,
 *   `assignee_not_in_team`, `author_not_on_ticket`, `too_many_files`; conflict `attachment_used`.
 */
export const createTicket = defineVerb({
  name: 'createTicket',
  permission: 'ticket.create',
  draws: true,
  retryOn: ['contact_emails_email_key'],

  load(input: CreateTicketInput, { now }) {
    const { requester, as } = input;
    const teamIds = [input.primaryTeamId, input.assigneeTeamId].filter((id) => id !== undefined);
    return {
      ...stagedQueries(input.attachmentIds ?? [], null),
      ...intakeQueries({ inboxId: input.inboxId }, requesterKey(requester), teamIds),
      assignee: memberAuthorityQuery(input.assigneePrincipalId, now),
      assigneeTeams: membershipQuery(input.assigneePrincipalId),
      member: memberAuthorityQuery(as !== undefined && 'principalId' in as ? as.principalId : null, now),
      slaConfig: slaConfigQuery(),
    };
  },

  decide(loaded, input, by): ReturnType<typeof openTicket<Ticket>> {
    const { authority } = by;
    const inbox = loaded.inbox?.inbox;
    const primaryTeamId = input.primaryTeamId ?? inbox?.primaryTeamId ?? null;
    const place = { teamId: primaryTeamId, inboxId: inbox?.id ?? null };
    const permit = permitCreate(authority, 'ticket.create', place);
    if (input.inboxId !== undefined && inbox === undefined) throw unknownReference('/inboxId');
    for (const [field, id] of [
      ['primaryTeamId', input.primaryTeamId],
      ['assigneeTeamId', input.assigneeTeamId],
    ] as const) {
      const team = loaded.teams.find((each) => each.id === id);
      if (id !== undefined && team === undefined) throw unknownReference(`/${field}`);
      if (team !== undefined && team.archivedAt !== null) {
        throw new ServiceError('unprocessable', 'This team is archived.', { reason: 'team_archived' });
      }
    }
    const status = loaded.inbox?.status ?? loaded.openStatus;
    if (status === undefined || status === null) throw new TypeError('no default status of category open');
    const facts = factsOfRow({
      visibility: input.visibility ?? inbox?.defaultVisibility ?? 'team',
      primaryTeamId,
      assigneeTeamId: input.assigneeTeamId ?? null,
      inboxId: place.inboxId,
      assigneePrincipalId: input.assigneePrincipalId ?? null,
      createdByPrincipalId: authority.principalId,
    });
    if (input.assigneePrincipalId !== undefined) {
      const self = authority.me.includes(input.assigneePrincipalId);
      const key = self ? 'ticket.assign_self' : 'ticket.assign_any';
      if (ticketDenial(authority, key, facts) !== undefined) throw forbidden(key, 'missing_permission');
      assertAssignable(loaded.assignee, facts, loaded.assigneeTeams);
    }
    const requester = requesterOf(input.requester, loaded.contact);
    const contactIds = [requester !== null && 'contact' in requester ? requester.contact.id : null];
    const files = stagedFiles(input.attachmentIds ?? [], loaded, authority.principalId, by.now);
    return openTicket(
      {
        permit,
        number: loaded.number,
        subject: input.subject,
        channel: 'api',
        priority: input.priority ?? inbox?.defaultPriority ?? 'normal',
        visibility:
          input.visibility ?? inbox?.defaultVisibility ?? (loaded.contact?.shareNewTickets === true ? 'org' : 'team'),
        status,
        inboxId: place.inboxId,
        inboxChannelId: null,
        primaryTeamId,
        assigneeTeamId: input.assigneeTeamId ?? null,
        assignee:
          loaded.assignee === undefined ? null : { id: loaded.assignee.principalId, name: loaded.assignee.label },
        requester,
        assurance: 'verified',
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
        source: { kind: 'api' },
        cause: 'api',
        sla: { config: loaded.slaConfig, state: null },
        holds: loaded.teams.map(({ id }) => holdTeam(id)),
      },
      by,
      (row) => ticketView(row, authority, factsOfRow(row.ticket)),
    );
  },
});

function requesterKey(requester: CreateTicketInput['requester']) {
  if (requester === undefined) return {};
  return 'contactId' in requester ? requester : { email: requireEmail(requester.email, '/requester/email') };
}

type FoundContact = Extract<Requester, { contact: unknown }>['contact'];

function requesterOf(asked: CreateTicketInput['requester'], found: FoundContact | undefined): Requester | null {
  if (asked === undefined) return null;
  if (found !== undefined) return { contact: { id: found.id, name: found.name, organizationId: found.organizationId } };
  if ('contactId' in asked) throw unknownReference('/requester/contactId');
  return { email: requireEmail(asked.email, '/requester/email'), name: asked.name ?? null };
}
