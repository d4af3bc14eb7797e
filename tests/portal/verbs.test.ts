import { afterAll, beforeAll, expect, test } from 'vitest';
import { ServiceError } from '#schema/errors.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { ticketAttachments, ticketFields, ticketParticipants } from '#schema/index.ts';
import { qb } from '#services/kernel/query.ts';
import { createPortalTicket } from '#services/portal/create-portal-ticket.ts';
import { getPortalTicket } from '#services/portal/get-portal-ticket.ts';
import { reopenPortalTicket } from '#services/portal/reopen-portal-ticket.ts';
import { replyPortalTicket } from '#services/portal/reply-portal-ticket.ts';
import { runCustomerVerb } from '#services/portal/run-customer-verb.ts';
import { solvePortalTicket } from '#services/portal/solve-portal-ticket.ts';
import { askCustomer, customer, organization, type TestCustomer, visitor } from '../support/ask-customer.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { testKernel } from '../support/kernel.ts';
import { createWorld, type World } from '../support/world.ts';

let db: TestDatabase;
let world: World;
let ada: TestCustomer;
let bob: TestCustomer;
let acme: Id<'org'>;

const DAY_MS = 86_400_000;

beforeAll(async () => {
  db = await createTestDatabase();
  world = await createWorld(db);
  acme = await organization(world, 'Acme', { shareNewTickets: true });
  ada = await customer(world, { name: 'Ada Park', organizationId: acme });
  bob = await customer(world, { name: 'Bob Stone', organizationId: acme });
});
afterAll(() => db.drop());

type Session = TestCustomer['session'];
const create = (who: Session, more: object = {}) =>
  askCustomer(db.url, who, createPortalTicket, { via: 'widget', subject: 'Help', body: 'It broke.', ...more });
const reply = (who: Session, ticketId: Id<'tkt'>, more: object = {}, now?: Date) =>
  askCustomer(db.url, who, replyPortalTicket, { via: 'widget', ticketId, body: 'Still broken.', ...more }, now);
const solve = (who: Session, ticketId: Id<'tkt'>) => askCustomer(db.url, who, solvePortalTicket, { ticketId });
const reopen = (who: Session, ticketId: Id<'tkt'>, now?: Date) =>
  askCustomer(db.url, who, reopenPortalTicket, { ticketId }, now);

const refused = (ask: Promise<unknown>): Promise<string | undefined> =>
  ask.then(
    () => 'answered',
    (error) => {
      if (!(error instanceof ServiceError)) throw error;
      return error.reason ?? error.code;
    },
  );

const stored = async (ticketId: string) => {
  const [row] = await db.query(
    `select t.*, (select array_agg(type || ':' || actor_kind order by seq) from events where entity_id = t.id) as told,
        (select array_agg(source order by id) from ticket_subscriptions s where s.ticket_id = t.id) as follows
     from tickets t where id = $1`,
    [idToUuid(ticketId as Id)],
  );
  return row as Record<string, unknown>;
};
const settle = (ticketId: Id<'tkt'>, category: 'solved' | 'closed', at = new Date()) =>
  db.query(
    `update tickets set status_id = $2, status_category = $3, solved_at = $4, customer_waiting_since = null,
       closed_at = case when $3 = 'closed' then $4::timestamptz end where id = $1`,
    [idToUuid(ticketId), idToUuid(world.statuses[category]), category, at.toISOString()],
  );
const ticket = async (more: object = {}) =>
  (await world.ticket({ requesterContactId: ada.contactId, requesterPrincipalId: ada.session.principalId, ...more }))
    .id;
const seat = (ticketId: Id<'tkt'>, contactId: Id<'contact'>, role: 'cc' | 'watcher' | 'collaborator') =>
  world.put(
    qb.insert(ticketParticipants).values({ id: world.newId('tpart'), ticketId, contactId, role, actorKind: 'system' }),
  );

test('a proved customer files as person and contact, in two trips: one event, in the inbox’s team, shared as the organisation says', async () => {
  const { output, trips } = await create(ada.session, { priority: 'high', inboxId: world.inboxes.invoices });
  expect(trips).toBe(2);
  expect(output).toMatchObject({ subject: 'Help', requester: { name: 'Ada Park', isYou: true }, canSolve: true });
  expect(await stored(output.id)).toMatchObject({
    channel: 'widget',
    priority: 'high',
    visibility: 'org',
    requester_principal_id: idToUuid(ada.session.principalId),
    requester_contact_id: idToUuid(ada.contactId),
    requester_assurance: 'verified',
    organization_id: idToUuid(acme),
    primary_team_id: idToUuid(world.teams.billing),
    created_by_principal_id: null,
    told: ['ticket.created:customer'],
    follows: ['auto_requester'],
  });
  expect(
    (await askCustomer(db.url, ada.session, getPortalTicket, { ticketId: output.id as Id<'tkt'> })).output,
  ).toEqual(output);
});

test('a visitor files under their own name alone, whatever contact their login might be', async () => {
  const someone = await visitor(world, 'Guest');
  const { output } = await create(someone);
  expect(await stored(output.id)).toMatchObject({
    requester_principal_id: idToUuid(someone.principalId),
    requester_contact_id: null,
    requester_assurance: 'anonymous',
    organization_id: null,
  });
  const unproved = await create({ ...ada.session, assurance: 'claimed' });
  expect(await stored(unproved.output.id)).toMatchObject({
    requester_contact_id: null,
    requester_assurance: 'claimed',
  });
});

test('a customer fills the fields that are theirs, must fill those that filing needs, and touches no other', async () => {
  const field = (key: string, portal: 'hidden' | 'visible' | 'editable', requiredOn: 'none' | 'create' = 'none') =>
    world.put(
      qb
        .insert(ticketFields)
        .values({ id: world.newId('tfield'), appliesTo: 'ticket', key, type: 'text', label: key, portal, requiredOn }),
    );
  await field('plan', 'editable');
  await field('region', 'visible');
  await field('margin', 'hidden', 'create');
  const { output } = await create(ada.session, { fields: { plan: 'pro' } });
  expect(output.fields.map(({ key, value, editable }) => [key, value, editable])).toEqual([
    ['plan', 'pro', true],
    ['region', null, false],
  ]);
  expect(await refused(create(ada.session, { fields: { margin: 'thin' } }))).toBe('unknown_field');
  expect(await refused(create(ada.session, { fields: { region: 'eu' } }))).toBe('unknown_field');
  await field('order', 'editable', 'create');
  expect(await refused(create(ada.session))).toBe('missing_fields');
  await db.query("delete from ticket_fields where key in ('order', 'margin')");
});

test('a file that another session staged is nobody’s to send', async () => {
  const stage = async (by: Session) => {
    const id = world.newId('tatt');
    await world.put(
      qb.insert(ticketAttachments).values({
        id,
        actorKind: 'customer',
        actorId: idToUuid(by.principalId),
        filename: 'log.txt',
        contentType: 'text/plain',
        sizeBytes: 3,
        sha256: new Uint8Array(32),
        storageKey: `a/2026-01-01/${id}`,
        expiresAt: new Date(Date.now() + DAY_MS),
      }),
    );
    return id;
  };
  const mine = await stage(ada.session);
  expect(await refused(create(bob.session, { attachmentIds: [mine] }))).toBe('unknown_reference');
  const id = await ticket();
  const { output } = await reply(ada.session, id, { attachmentIds: [mine] });
  expect(output.message.attachments).toEqual([
    { id: mine, filename: 'log.txt', contentType: 'text/plain', sizeBytes: 3 },
  ]);
  expect(await refused(reply(ada.session, id, { attachmentIds: [mine] }))).toBe('attachment_used');
});

test('a reply opens what waits and reopens what is solved, as from every other door, in two trips', async () => {
  const waiting = await ticket({ statusId: world.statuses.pending, statusCategory: 'pending' });
  const { output, trips } = await reply(ada.session, waiting);
  expect(trips).toBe(2);
  expect(output).toMatchObject({
    ticket: { id: waiting, status: { key: 'open' } },
    message: { author: { kind: 'you', name: 'Ada Park' }, body: 'Still broken.', bodyHtml: '<p>Still broken.</p>\n' },
    followUpOf: null,
  });
  expect(await stored(waiting)).toMatchObject({
    told: ['ticket.message_added:customer', 'ticket.status_changed:customer'],
    follows: ['auto_replied'],
    reopen_count: 0,
  });
  await settle(waiting, 'solved');
  expect((await reply(ada.session, waiting)).output.ticket.status.key).toBe('open');
  expect(await stored(waiting)).toMatchObject({ reopen_count: 1 });
});

test('a reply reopens at the last millisecond of the window; the next one makes a follow-up', async () => {
  await db.query('update ticket_settings set reopen_window_days = 3');
  const at = new Date('2026-05-04T09:00:00.000Z');
  for (const ms of [0, 1]) {
    const id = await ticket();
    await settle(id, 'solved', at);
    const { output } = await reply(ada.session, id, {}, new Date(at.getTime() + 3 * DAY_MS + ms));
    expect([output.ticket.id === id, output.followUpOf]).toEqual(ms === 0 ? [true, null] : [false, id]);
  }
  await db.query('update ticket_settings set reopen_window_days = null');
});

test('a reply to a closed ticket goes on in one follow-up, or is refused where the desk says so', async () => {
  const old = await ticket();
  await settle(old, 'closed');
  const [first, second] = await Promise.all([reply(ada.session, old), reply(ada.session, old)]);
  expect(first.output.ticket.id).toBe(second.output.ticket.id);
  expect(first.output).toMatchObject({ followUpOf: old, ticket: { followUpOf: old, requester: { isYou: true } } });
  const shown = await askCustomer(db.url, ada.session, getPortalTicket, {
    ticketId: first.output.ticket.id as Id<'tkt'>,
  });
  expect(shown.output).toMatchObject({ followUpOf: old, status: { key: 'open' } });
  await db.query("update ticket_settings set on_closed_reply = 'refuse'");
  expect(await refused(reply(ada.session, old))).toBe('ticket_closed');
  expect((await askCustomer(db.url, ada.session, getPortalTicket, { ticketId: old })).output.canReply).toBe(false);
  await db.query("update ticket_settings set on_closed_reply = 'follow_up'");
});

test('a customer who reads a live follow-up no longer gets one of their own', async () => {
  const old = await ticket({ visibility: 'org', organizationId: acme });
  await settle(old, 'closed');
  const going = (await reply(ada.session, old)).output.ticket.id as Id<'tkt'>;
  await db.query("update tickets set visibility = 'private' where id = $1", [idToUuid(going)]);
  const { output } = await reply(bob.session, old);
  expect(output.ticket.id).not.toBe(going);
  expect(await refused(askCustomer(db.url, bob.session, getPortalTicket, { ticketId: going }))).toBe('not_found');
});

test('a colleague who replies is cc from then on, told once; who may only read is refused and changes nothing', async () => {
  const id = await ticket({ organizationId: acme, visibility: 'org' });
  const { output } = await reply(bob.session, id);
  expect(output.ticket).toMatchObject({ people: [{ name: 'Bob Stone' }], canReply: true, canSolve: false });
  await reply(bob.session, id);
  const rows = await db.query('select role, contact_id from ticket_participants where ticket_id = $1', [idToUuid(id)]);
  expect(rows).toEqual([{ role: 'cc', contact_id: idToUuid(bob.contactId) }]);
  expect(((await stored(id)).told as string[]).filter((type) => type.includes('participant'))).toEqual([
    'ticket.participant_added:customer',
  ]);
  await db.query("update organizations set colleague_access = 'view' where id = $1", [idToUuid(acme)]);
  const other = await ticket({ organizationId: acme, visibility: 'org' });
  const before = await stored(other);
  expect(await refused(reply(bob.session, other))).toBe('reply_not_allowed');
  expect(await stored(other)).toEqual(before);
  await db.query("update organizations set colleague_access = 'comment' where id = $1", [idToUuid(acme)]);
});

test('a watcher reads and does nothing else; a cc replies and does not solve; a stranger finds nothing', async () => {
  const id = await ticket({ requesterPrincipalId: null });
  const cat = await customer(world, { name: 'Cat Moor' });
  for (const act of [reply, solve, reopen]) expect(await refused(act(cat.session, id))).toBe('not_found');
  await seat(id, cat.contactId, 'watcher');
  for (const act of [reply, solve, reopen]) expect(await refused(act(cat.session, id))).toBe('reply_not_allowed');
  await db.query("update ticket_participants set role = 'collaborator' where ticket_id = $1", [idToUuid(id)]);
  expect(await refused(reply(cat.session, id))).toBe('answered');
  for (const act of [solve, reopen]) expect(await refused(act(cat.session, id))).toBe('reply_not_allowed');
});

test('the requester solves and reopens, each once however often it is asked, inside the window', async () => {
  const id = await ticket();
  const solved = await solve(ada.session, id);
  expect(solved).toMatchObject({
    trips: 2,
    output: { changed: true, ticket: { status: { key: 'solved' }, canReopen: true } },
  });
  expect(await solve(ada.session, id)).toMatchObject({ trips: 1, output: { changed: false } });
  expect((await reopen(ada.session, id)).output).toMatchObject({ changed: true, ticket: { status: { key: 'open' } } });
  expect((await reopen(ada.session, id)).output).toMatchObject({ changed: false });
  expect(await stored(id)).toMatchObject({
    reopen_count: 1,
    told: ['ticket.status_changed:customer', 'ticket.status_changed:customer'],
  });
  const window = 3;
  await db.query('update ticket_settings set reopen_window_days = $1', [window]);
  const at = new Date('2026-05-04T09:00:00.000Z');
  await settle(id, 'solved', at);
  const end = at.getTime() + window * DAY_MS;
  expect(await refused(reopen(ada.session, id, new Date(end + 1)))).toBe('ticket_closed');
  expect(await refused(reopen(ada.session, id, new Date(end)))).toBe('answered');
  await db.query('update ticket_settings set reopen_window_days = null');
  await settle(id, 'closed');
  for (const act of [solve, reopen]) expect(await refused(act(ada.session, id))).toBe('ticket_closed');
});

test('a tie that ends between load and commit takes the right with it', async () => {
  const leaving = await customer(world, { name: 'Lee Way' });
  const id = await ticket({ requesterContactId: leaving.contactId, requesterPrincipalId: null });
  const kernel = testKernel(db.url);
  let due = true;
  const batch: typeof kernel.db.batch = async (statements, options) => {
    if (options.kind === 'commit' && due) {
      due = false;
      await db.query('update contact_user_links set unlinked_at = now() where contact_id = $1', [
        idToUuid(leaving.contactId),
      ]);
    }
    return kernel.db.batch(statements, options);
  };
  const overtaken = { ...kernel, db: { spent: kernel.db.spent, batch } };
  expect(await refused(runCustomerVerb(overtaken, solvePortalTicket as never, { ticketId: id }, leaving.session))).toBe(
    'not_found',
  );
  expect(await stored(id)).toMatchObject({ status_category: 'open', told: null });
});
