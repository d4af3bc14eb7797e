import { afterAll, beforeAll, expect, test } from 'vitest';
import { PORTAL_STATUS_KEYS, PortalMessage, PortalTicket } from '#schema/api/portal.ts';
import { ServiceError } from '#schema/errors.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { ticketMessages, ticketParticipants } from '#schema/index.ts';
import { qb } from '#services/kernel/query.ts';
import { mergeTickets } from '#services/lifecycle/merge-tickets.ts';
import { getPortalTicket } from '#services/portal/get-portal-ticket.ts';
import { listPortalMessages } from '#services/portal/list-portal-messages.ts';
import { listPortalTickets } from '#services/portal/list-portal-tickets.ts';
import { askCustomer, customer, organization, type TestCustomer, visitor } from '../support/ask-customer.ts';
import { askVerb } from '../support/ask-verb.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { createWorld, type TestKey, type World } from '../support/world.ts';

let db: TestDatabase;
let world: World;
let key: TestKey;
let ada: TestCustomer;
let bob: TestCustomer;
let cat: TestCustomer;
let acme: Id<'org'>;

beforeAll(async () => {
  db = await createTestDatabase();
  world = await createWorld(db);
  key = await world.keyFor([
    'ticket.view_all',
    'ticket.reply_public',
    'ticket.comment_internal',
    'ticket.merge',
    'ticket.change_status',
  ]);
  acme = await organization(world, 'Acme');
  ada = await customer(world, { name: 'Ada Park', organizationId: acme });
  bob = await customer(world, { name: 'Bob Stone', organizationId: acme });
  cat = await customer(world, { name: 'Cat Moor' });
});
afterAll(() => db.drop());

const get = async (who: TestCustomer['session'], ticketId: Id<'tkt'>) =>
  (await askCustomer(db.url, who, getPortalTicket, { ticketId })).output;
const list = async (who: TestCustomer['session'], more: { limit?: number; cursor?: string } = {}) =>
  (await askCustomer(db.url, who, listPortalTickets, { status: undefined, limit: 50, cursor: undefined, ...more }))
    .output;
const thread = async (
  who: TestCustomer['session'],
  ticketId: Id<'tkt'>,
  more: { limit?: number; cursor?: string } = {},
) => (await askCustomer(db.url, who, listPortalMessages, { ticketId, limit: 50, cursor: undefined, ...more })).output;
const ids = ({ data }: { data: { id: string }[] }) => data.map(({ id }) => id);

async function refusal(ask: Promise<unknown>): Promise<string> {
  const error = await ask.then(
    () => new Error('answered'),
    (thrown) => thrown,
  );
  if (!(error instanceof ServiceError)) throw error;
  return JSON.stringify([error.code, error.message, error.details]);
}

const join = (
  ticketId: Id<'tkt'>,
  who: { contactId: Id<'contact'> } | { principalId: Id<'prin'> },
  role: 'cc' | 'watcher',
) =>
  world.put(
    qb.insert(ticketParticipants).values({ id: world.newId('tpart'), ticketId, ...who, role, actorKind: 'system' }),
  );

const say = (ticketId: Id<'tkt'>, seq: number, more: Partial<typeof ticketMessages.$inferInsert>) =>
  world.put(
    qb.insert(ticketMessages).values({
      id: world.newId('tmsg'),
      ticketId,
      seq,
      audience: 'public',
      authorKind: 'agent',
      authorPrincipalId: world.agent.id,
      authorName: 'Grace Brook Hopper',
      via: 'api',
      body: `Message ${seq}`,
      bodyText: `Message ${seq}`,
      createdAt: new Date(Date.now() + seq),
      ...more,
    }),
  );

test('an answer has the members of the whitelist and no other, and says nothing of the desk', async () => {
  const { id, number } = await world.ticket({
    requesterContactId: ada.contactId,
    primaryTeamId: world.teams.support,
    assigneePrincipalId: world.agent.id,
    inboxId: world.inboxes.help,
    priority: 'urgent',
    customFields: { secret_plan: 'upsell' },
  });
  await join(id, { contactId: cat.contactId }, 'cc');
  await join(id, { principalId: world.owner.id }, 'watcher');
  const ticket = await get(ada.session, id);
  expect(PortalTicket.parse(ticket)).toEqual(ticket);
  expect(ticket).toMatchObject({
    id,
    number,
    status: { key: 'open', label: 'Open' },
    requester: { name: 'Ada Park', isYou: true },
    people: [{ name: 'Cat Moor' }],
    canReply: true,
    canSolve: true,
    canReopen: false,
    canAddPeople: true,
    canRate: false,
    rating: null,
    followUpOf: null,
  });
  const text = JSON.stringify([ticket, await thread(ada.session, id), await list(ada.session)]);
  for (const hidden of [
    'urgent',
    'upsell',
    world.agent.id,
    world.teams.support,
    world.inboxes.help,
    'Support',
    world.owner.name,
  ])
    expect(text).not.toContain(hidden);
  for (const message of (await thread(ada.session, id)).data) expect(PortalMessage.parse(message)).toEqual(message);
});

test('a ticket that is unknown, foreign or deleted is the same refusal, to the last byte', async () => {
  const foreign = await world.ticket({ requesterContactId: cat.contactId });
  const deleted = await world.ticket({ requesterContactId: ada.contactId, deletedAt: new Date() });
  for (const verb of [getPortalTicket, listPortalMessages] as const) {
    const ask = (ticketId: Id<'tkt'>) =>
      refusal(
        askCustomer(
          db.url,
          ada.session,
          verb as typeof getPortalTicket,
          { ticketId, limit: 5, cursor: undefined } as never,
        ),
      );
    const unknown = await ask(world.newId('tkt'));
    expect(unknown).toContain('not_found');
    expect(await ask(foreign.id)).toBe(unknown);
    expect(await ask(deleted.id)).toBe(unknown);
  }
});

test('what a customer may do follows their part: requester, cc, watcher, colleague, nobody', async () => {
  const { id } = await world.ticket({ requesterContactId: ada.contactId, organizationId: acme, visibility: 'org' });
  const colleague = await get(bob.session, id);
  expect(colleague).toMatchObject({ requester: { name: 'Ada Park', isYou: false }, canReply: true, canSolve: false });
  await db.query("update organizations set colleague_access = 'view' where id = $1", [idToUuid(acme)]);
  expect(await get(bob.session, id)).toMatchObject({ canReply: false, canAddPeople: false, canRate: false });
  await db.query("update organizations set colleague_access = 'comment' where id = $1", [idToUuid(acme)]);
  await join(id, { contactId: cat.contactId }, 'watcher');
  expect(await get(cat.session, id)).toMatchObject({ canReply: false, canSolve: false });
  await db.query("update ticket_participants set role = 'cc' where ticket_id = $1", [idToUuid(id)]);
  expect(await get(cat.session, id)).toMatchObject({ canReply: true, canSolve: false, people: [{ name: 'Cat Moor' }] });
  await db.query("update tickets set visibility = 'private' where id = $1", [idToUuid(id)]);
  expect(await refusal(get(bob.session, id))).toContain('not_found');
  expect(ids(await list(cat.session))).toContain(id);
});

test('a session that proved nothing sees what its visitor asked, and never a contact’s tickets', async () => {
  const someone = await visitor(world);
  const own = await world.ticket({ requesterPrincipalId: someone.principalId });
  expect(ids(await list(someone))).toEqual([own.id]);
  const unproved = { ...ada.session, assurance: 'claimed' as const };
  const asked = await world.ticket(ada.requester);
  expect(await refusal(get(unproved, asked.id))).toContain('not_found');
  expect(ids(await list(unproved))).not.toContain(asked.id);
  expect(await get(someone, own.id)).toMatchObject({ canReply: true, canAddPeople: false });
});

test.each([
  ['whose tie ends', 'update contact_user_links set unlinked_at = now() where contact_id = $1'],
  [
    'whose address changes',
    `update "user" set email = 'new@lee.test' where id in (select user_id from contact_user_links where contact_id = $1)`,
  ],
  [
    'whose proof ends',
    'update "user" set email_verified = false where id in (select user_id from contact_user_links where contact_id = $1)',
  ],
  ['whose contact has another address', `update contact_emails set email = 'other@lee.test' where contact_id = $1`],
])('a login %s loses the contact’s tickets with that commit', async (_what, change) => {
  const leaving = await customer(world, { name: 'Lee Way' });
  const { id } = await world.ticket(leaving.requester);
  expect(ids(await list(leaving.session))).toEqual([id]);
  await db.query(change, [idToUuid(leaving.contactId)]);
  expect(ids(await list(leaving.session))).toEqual([]);
  expect(await refusal(get(leaving.session, id))).toContain('not_found');
});

test('staff at the customer door get the customer’s picture: what they asked, and no ticket that they work on', async () => {
  const staff = { principalId: world.owner.id, assurance: 'verified' as const };
  const asked = await world.ticket({ requesterPrincipalId: world.owner.id });
  const worked = await world.ticket({ assigneePrincipalId: world.owner.id, requesterContactId: ada.contactId });
  await join(worked.id, { principalId: world.owner.id }, 'cc');
  await say(asked.id, 2, { audience: 'internal' });
  expect(ids(await list(staff))).toEqual([asked.id]);
  expect(await refusal(get(staff, worked.id))).toContain('not_found');
  const ticket = await get(staff, asked.id);
  expect(PortalTicket.parse(ticket)).toEqual(ticket);
  expect((await thread(staff, asked.id)).data).toHaveLength(1);
});

test('somebody suspended or erased is nobody at this door', async () => {
  const gone = await customer(world, { name: 'Gone' });
  await db.query('update principal set erased_at = now(), avatar_url = null where id = $1', [
    idToUuid(gone.session.principalId),
  ]);
  expect(await refusal(list(gone.session))).toContain('unauthenticated');
});

test('the thread has public messages alone, named as the workspace says, pages in order', async () => {
  const { id } = await world.ticket({ requesterContactId: ada.contactId });
  await say(id, 2, {});
  await say(id, 3, { audience: 'internal', body: 'Not for Ada' });
  await say(id, 4, {
    authorKind: 'customer',
    authorPrincipalId: null,
    authorContactId: cat.contactId,
    authorName: 'cat@moor.test',
  });
  await say(id, 5, { authorKind: 'automation', authorName: 'Billing key' });
  await say(id, 6, { deletedAt: new Date() });
  await say(id, 7, { editedAt: new Date() });
  const shown = await thread(ada.session, id);
  expect(shown.data.map(({ author, body, edited }) => [author.kind, author.name, body, edited])).toEqual([
    ['you', 'Ada Park', 'It stops at row 500.', false],
    ['team', 'Grace', 'Message 2', false],
    ['customer', null, 'Message 4', false],
    ['team', 'Workspace', 'Message 5', false],
    ['team', 'Grace', 'Message 7', true],
  ]);
  const first = await thread(ada.session, id, { limit: 3 });
  const rest = await thread(ada.session, id, { limit: 3, cursor: first.page.next ?? '' });
  expect([...ids(first), ...ids(rest)]).toEqual(ids(shown));
  expect(rest.page).toEqual({ next: null, hasMore: false });
  for (const [format, name] of [
    ['full', 'Grace Brook Hopper'],
    ['team', 'Workspace'],
    ['first', 'Grace'],
  ] as const) {
    await db.query('update ticket_settings set agent_name_format = $1', [format]);
    expect((await thread(ada.session, id)).data[1]?.author.name).toBe(name);
  }
});

test('after a merge the same requester reads both, and two customers read no word of each other', async () => {
  const target = await world.ticket({ requesterContactId: ada.contactId });
  const same = await world.ticket({ requesterContactId: ada.contactId });
  const other = await world.ticket({ requesterContactId: cat.contactId });
  await db.query("update ticket_messages set body = 'Words of Cat', author_name = 'Cat Moor' where ticket_id = $1", [
    idToUuid(other.id),
  ]);
  await askVerb(db.url, key.token, mergeTickets, {
    ticketId: target.id,
    sourceIds: [same.id, other.id],
    addRequesters: false,
    ifMatch: null,
  });
  expect((await thread(ada.session, target.id)).data).toHaveLength(2);
  expect(JSON.stringify([await thread(ada.session, target.id), await get(ada.session, target.id)])).not.toMatch(/Cat/);
  expect(await refusal(get(cat.session, target.id))).toContain('not_found');
  expect((await thread(cat.session, other.id)).data.map(({ body }) => body)).toEqual(['Words of Cat']);
  const mine = ids(await list(ada.session));
  expect(mine).toContain(target.id);
  expect(mine).not.toContain(same.id);
  expect(ids(await list(cat.session))).toContain(other.id);
  expect(await get(cat.session, other.id)).toMatchObject({
    status: { key: 'closed' },
    canReply: true,
    canAddPeople: false,
  });
});

test('every category has a name of its own here, and a status may give its own words', async () => {
  const keys = [];
  for (const category of ['open', 'pending', 'on_hold', 'solved', 'closed'] as const) {
    const settled = category === 'solved' || category === 'closed' ? new Date() : null;
    const { id } = await world.ticket({
      requesterContactId: ada.contactId,
      statusId: world.statuses[category],
      statusCategory: category,
      customerWaitingSince: null,
      solvedAt: settled,
      closedAt: category === 'closed' ? settled : null,
    });
    keys.push((await get(ada.session, id)).status.key);
  }
  expect(keys).toEqual([...PORTAL_STATUS_KEYS]);
  await db.query("update ticket_statuses set public_label = 'Bei uns' where id = $1", [idToUuid(world.statuses.open)]);
  const { id } = await world.ticket({ requesterContactId: ada.contactId });
  expect((await get(ada.session, id)).status).toEqual({ key: 'open', label: 'Bei uns' });
  await db.query('update ticket_statuses set public_label = null where id = $1', [idToUuid(world.statuses.open)]);
});
