import { type Id, idToUuid, type Prefix } from '#schema/ids.ts';
import {
  invitation,
  principalRoleAssignments,
  ticketAttachments,
  ticketMessages,
  ticketStatuses,
} from '#schema/index.ts';
import type { Permission } from '#services/access/permissions.ts';
import { qb } from '#services/kernel/query.ts';
import type { JsonObject } from '#workers/openapi/components.ts';
import { makeIssuer } from './issuer-things.ts';
import { JOB_PRELUDES, makeJob } from './job-things.ts';
import { makeAddress, makeDomain, makeLink } from './route-people.ts';
import { stageImport } from './staged-import.ts';
import type { TestWorker } from './worker.ts';
import type { TicketFields, World } from './world.ts';

export interface Thing {
  id: Id;
  /** Of a ticket. */
  number?: number;
}

/** What a maker may use: the tables, or the API itself with a key that may do everything. */
export interface Workshop {
  world: World;
  call(method: string, path: string, body?: JsonObject): Promise<JsonObject>;
  /** Where a ticket is to be. */
  ticket: TicketFields | undefined;
}

/** How the route matrix comes by a thing that a path or body names. A new kind in a route's path needs a line here. */
export interface Kind {
  make(shop: Workshop): Promise<Thing>;
  /** What a body names; the same unless said. */
  mention?(shop: Workshop): Promise<Thing>;
  /** Makes it gone for the API; left out where nothing of the kind ever goes. */
  remove?(world: World, id: Id): Promise<unknown>;
}

const gone = (table: string, column: string) => (world: World, id: Id) =>
  world.db.query(`update ${table} set ${column} = now() where id = $1`, [idToUuid(id)]);

export const KINDS: Partial<Record<Prefix, Kind>> = {
  tkt: { make: ({ world, ticket }) => world.ticket(ticket), remove: gone('tickets', 'deleted_at') },
  prin: { make: ({ world }) => world.member(), mention: async ({ world }) => world.agent },
  tmsg: { make: ({ world }) => makeMessage(world), remove: gone('ticket_messages', 'deleted_at') },
  tatt: { make: ({ world, ticket }) => makeFile(world, ticket), remove: gone('ticket_attachments', 'deleted_at') },
  contact: { make: ({ world }) => world.contact() },
  team: { make: async ({ world }) => ({ id: await world.team() }) },
  inbox: { make: async ({ world }) => ({ id: world.inboxes.help }) },
  tstat: {
    make: ({ world }) => makeStatus(world),
    mention: async ({ world }) => ({ id: world.statuses.pending }),
    remove: gone('ticket_statuses', 'deleted_at'),
  },
  role: { make: async ({ world }) => ({ id: await world.role(['team.view']) }), remove: gone('roles', 'deleted_at') },
  key: { make: ({ world }) => world.keyFor(['team.view'], { expiresAt: new Date(Date.now() + 86_400_000) }) },
  inv: { make: ({ world }) => makeInvitation(world) },
  iss: { make: ({ world }) => makeIssuer(world) },
  rasn: { make: ({ world }) => makeGrant(world) },
  tfield: { make: ({ call }) => made(call('POST', '/api/v1/ticket-fields', freshField())) },
  ttag: {
    make: ({ call, world }) => made(call('POST', '/api/v1/ticket-tags', { name: world.newId('ttag').slice(-20) })),
    remove: (world, id) => world.db.query('delete from ticket_tags where id = $1', [idToUuid(id)]),
  },
  // What hangs on a ticket is made with it, in the preludes.
  tpart: { make: async ({ world }) => ({ id: world.newId('tpart') }) },
  tshare: { make: async ({ world }) => ({ id: world.newId('tshare') }) },
  tlink: { make: async ({ world }) => ({ id: world.newId('tlink') }) },
  org: { make: ({ call }) => made(call('POST', '/api/v1/organizations', { name: 'Customer Ltd' })) },
  odom: { make: ({ world }) => makeDomain(world) },
  cmail: { make: ({ world }) => makeAddress(world) },
  culink: { make: ({ world }) => makeLink(world) },
  user: { make: async ({ world }) => ({ id: (await world.member()).userId }) },
  bulk: { make: ({ world }) => makeJob(world) },
  view: {
    make: ({ call }) => made(call('POST', '/api/v1/views', { name: 'Open', audience: 'everyone' })),
    remove: (world, id) => world.db.query('delete from saved_views where id = $1', [idToUuid(id)]),
  },
  macro: {
    make: ({ call }) => made(call('POST', '/api/v1/macros', MACRO)),
    remove: (world, id) => world.db.query('delete from macros where id = $1', [idToUuid(id)]),
  },
  whk: { make: ({ call }) => made(call('POST', '/api/v1/webhooks', WEBHOOK)), remove: removeWebhook },
};

const WEBHOOK = { name: 'Chat', url: 'https://hooks.example.com/in', types: ['ticket.created'] };

const MACRO = { name: 'Escalate', audience: 'everyone', actions: [{ type: 'priority', priority: 'urgent' }] };

const made = async (answer: Promise<JsonObject>): Promise<Thing> => ({ id: (await answer).id as Id });

/** Routes in which a key has no share: they need a person, whose tests stand elsewhere. */
export const PERSON_ONLY: ReadonlySet<string> = new Set([
  'updateMe',
  'signOutMe',
  'adoptApiKey',
  'createAuthIssuer',
  'updateAuthIssuer',
  'disableAuthIssuer',
  'putAuthIssuerRules',
  'testAuthIssuer',
]);

/** Routes about what is in the trash: being gone is what they ask for. */
export const IN_THE_TRASH: ReadonlySet<string> = new Set(['restoreTicket', 'purgeTicket']);

/** Permissions that a route needs beside the one that it declares. */
export const ALSO_NEEDS: Readonly<Record<string, readonly Permission[]>> = {
  purgeTicket: ['admin.manage_settings'],
  bulkTickets: ['ticket.edit_fields'],
  applyMacro: ['ticket.edit_fields'],
  eraseContact: ['admin.manage_users'],
};

/** What must be so before a route has something to change. */
type Prelude = (world: World, ids: Record<string, Id>, worker: TestWorker) => Promise<unknown>;
export const PRELUDES: Readonly<Record<string, Prelude>> = {
  startImport: stageImport,
  restoreTicket: (world, { ticketId }) => setColumn(world, 'tickets', 'deleted_at', new Date(), ticketId),
  purgeTicket: (world, { ticketId }) => setColumn(world, 'tickets', 'deleted_at', new Date(), ticketId),
  unmergeTicket: async (world, { ticketId }) =>
    world.db.query(
      `update tickets set merged_into_id = $2, merged_at = now(), status_id = $3, status_category = 'closed', solved_at = now(), closed_at = now()
       where id = $1`,
      [uuid(ticketId), uuid(await neighbour(world, ticketId)), uuid(world.statuses.closed)],
    ),
  ...JOB_PRELUDES,
  returnTicket: (world, { ticketId }) =>
    world.db.query('update tickets set assignee_principal_id = coalesce(assignee_principal_id, $2) where id = $1', [
      uuid(ticketId),
      uuid(world.agent.id),
    ]),
  reinstateMember: (world, { principalId }) => setColumn(world, 'principal', 'member_state', 'suspended', principalId),
  unarchiveContact: (world, { contactId }) => setColumn(world, 'contacts', 'archived_at', new Date(), contactId),
  unarchiveOrganization: (world, { organizationId }) =>
    setColumn(world, 'organizations', 'archived_at', new Date(), organizationId),
  updateContactEmail: (world, ids) =>
    setColumn(world, 'contact_emails', 'contact_id', uuid(ids.contactId), ids.emailId),
  removeContactEmail: (world, ids) =>
    setColumn(world, 'contact_emails', 'contact_id', uuid(ids.contactId), ids.emailId),
  unlinkContact: (world, ids) => setColumn(world, 'contact_user_links', 'contact_id', uuid(ids.contactId), ids.linkId),
  updateOrganizationDomain: (world, ids) => moveDomain(world, ids),
  removeOrganizationDomain: (world, ids) => moveDomain(world, ids),
  unarchiveTeam: (world, { teamId }) => setColumn(world, 'teams', 'archived_at', new Date(), teamId),
  removeTeamMember: (world, { teamId, principalId }) =>
    world.db.query('insert into team_memberships (team_id, principal_id) values ($1, $2)', [
      uuid(teamId),
      uuid(principalId),
    ]),
  changeGrantExpiry: (world, { assignmentId }) =>
    setColumn(world, 'principal_role_assignments', 'expires_at', tomorrow(), assignmentId),
  updateMessage: placeMessage,
  deleteMessage: placeMessage,
  redactMessage: placeMessage,
  listMessageHistory: placeMessage,
  removeAttachment: placeFile,
  unmuteTicket: (world, { ticketId }) =>
    world.db.query(
      `insert into ticket_subscriptions (ticket_id, principal_id, source, muted_at)
       select $1, id, 'manual', now() from principal where member_state = 'active'`,
      [uuid(ticketId)],
    ),
  unarchiveTicketField: (world, { fieldId }) => setColumn(world, 'ticket_fields', 'archived_at', new Date(), fieldId),
  removeParticipant: (world, { ticketId, participantId }) =>
    world.db.query(
      "insert into ticket_participants (id, ticket_id, principal_id, role, actor_kind) values ($1, $2, $3, 'cc', 'system')",
      [uuid(participantId), uuid(ticketId), idToUuid(world.agent.id)],
    ),
  revokeShare: (world, { ticketId, shareId }) =>
    world.db.query(
      "insert into ticket_shares (id, ticket_id, team_id, level, actor_kind) values ($1, $2, $3, 'read', 'system')",
      [uuid(shareId), uuid(ticketId), idToUuid(world.teams.billing)],
    ),
  unlinkTicket: async (world, { ticketId, linkId }) =>
    world.db.query(
      "insert into ticket_links (id, source_id, target_id, kind, actor_kind) values ($1, $2, $3, 'parent_of', 'system')",
      [uuid(linkId), uuid(ticketId), uuid(await neighbour(world, ticketId))],
    ),
  endPreviousSecret: (world, { keyId }) =>
    world.db.query(
      "update api_keys set previous_hash = sha256('x'), previous_valid_until = now() + interval '1 day' where id = $1",
      [uuid(keyId)],
    ),
};

let fields = 0;
const freshField = (): JsonObject => {
  fields += 1;
  return { key: `field_${fields}`, type: 'text', label: 'A field' };
};

const tomorrow = (): Date => new Date(Date.now() + 86_400_000);

const uuid = (id: Id | undefined): string | null => (id === undefined ? null : idToUuid(id));

const setColumn = (world: World, table: string, column: string, value: unknown, id: Id | undefined) =>
  world.db.query(`update ${table} set ${column} = $2 where id = $1`, [uuid(id), value]);

async function makeStatus(world: World): Promise<Thing> {
  const id = world.newId('tstat');
  const [name, slug] = ['Odd', id.replace('_', '-')];
  await world.put(qb.insert(ticketStatuses).values({ id, name, slug, color: '#112233', category: 'pending' }));
  return { id };
}

async function makeGrant(world: World): Promise<Thing> {
  const id = world.newId('rasn');
  const [member, roleId] = [await world.member(), await world.role(['team.view'])];
  await world.put(qb.insert(principalRoleAssignments).values({ id, principalId: member.id, roleId }));
  return { id };
}

async function makeInvitation(world: World): Promise<Thing> {
  const id = world.newId('inv');
  const expiresAt = tomorrow();
  await world.put(
    qb.insert(invitation).values({ id, email: `${id}@desk.test`, expiresAt, invitedByPrincipalId: world.owner.id }),
  );
  return { id };
}

async function makeMessage(world: World): Promise<Thing> {
  const id = world.newId('tmsg');
  const { id: ticketId } = await world.ticket();
  const text = 'Which version is it?';
  await world.put(
    qb.insert(ticketMessages).values({
      ...{ id, ticketId, seq: 2, audience: 'public', authorKind: 'automation', authorName: 'Test key', via: 'api' },
      ...{ body: text, bodyText: text },
    }),
  );
  return { id };
}

/** Onto the ticket of the path, written by the key that was made last, which is the one that asks. */
function placeMessage(world: World, { ticketId, messageId }: Record<string, Id>): Promise<unknown> {
  return world.db.query(
    `update ticket_messages set ticket_id = $2, author_principal_id = (select principal_id from api_keys order by id desc limit 1)
     where id = $1`,
    [uuid(messageId), uuid(ticketId)],
  );
}

async function makeFile(world: World, ticket: TicketFields | undefined): Promise<Thing> {
  const id = world.newId('tatt');
  const { id: ticketId } = await world.ticket(ticket);
  const { id: messageId } = await makeMessage(world);
  await placeMessage(world, { ticketId, messageId });
  await world.put(
    qb.insert(ticketAttachments).values({
      ...{
        id,
        ticketId,
        messageId: messageId as Id<'tmsg'>,
        state: 'attached',
        actorKind: 'api_key',
        filename: 'log.txt',
      },
      ...{ contentType: 'text/plain', sizeBytes: 1, sha256: new Uint8Array(32), storageKey: `a/2026-01-01/${id}` },
    }),
  );
  return { id };
}

/** Onto the ticket of the path, with its message. */
async function placeFile(world: World, { ticketId, attachmentId }: Record<string, Id>): Promise<unknown> {
  await world.db.query(
    'update ticket_messages set ticket_id = $2 where id = (select message_id from ticket_attachments where id = $1)',
    [uuid(attachmentId), uuid(ticketId)],
  );
  return setColumn(world, 'ticket_attachments', 'ticket_id', uuid(ticketId), attachmentId);
}

const moveDomain = (world: World, { organizationId, domainId }: Record<string, Id>) =>
  setColumn(world, 'organization_domains', 'organization_id', uuid(organizationId), domainId);

/** Another ticket in the same place, seen by all who see the first. */
async function neighbour(world: World, ticketId: Id | undefined): Promise<Id<'tkt'>> {
  const { id } = await world.ticket();
  await world.db.query(
    `update tickets t set visibility = 'shared', primary_team_id = s.primary_team_id, inbox_id = s.inbox_id,
       assignee_principal_id = s.assignee_principal_id from tickets s where t.id = $1 and s.id = $2`,
    [uuid(id), uuid(ticketId)],
  );
  return id;
}

function removeWebhook(world: World, id: Id): Promise<unknown> {
  return world.db.query('update webhooks set deleted_at = now(), secrets = null, headers = null where id = $1', [
    idToUuid(id),
  ]);
}
