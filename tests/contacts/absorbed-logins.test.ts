import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Id, idToUuid } from '#schema/ids.ts';
import { repointPrincipal } from '#services/contacts/repoint-principal.ts';
import { getPortalTicket } from '#services/portal/get-portal-ticket.ts';
import { listPortalMessages } from '#services/portal/list-portal-messages.ts';
import { listPortalTickets } from '#services/portal/list-portal-tickets.ts';
import { replyPortalTicket } from '#services/portal/reply-portal-ticket.ts';
import { askCustomer, customer, type TestCustomer, visitor } from '#tests/support/ask-customer.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { testKernel } from '#tests/support/kernel.ts';
import { createWorld, type World } from '#tests/support/world.ts';

let db: TestDatabase;
let world: World;
let heir: TestCustomer;
let absorbed: TestCustomer['session'][];
let tickets: Record<'asked' | 'both' | 'watched' | 'other', Id<'tkt'>>;

beforeAll(async () => {
  db = await createTestDatabase();
  world = await createWorld(db);
  heir = await customer(world, { name: 'Ada Park' });
  absorbed = [await visitor(world, 'Visitor one'), await visitor(world, 'Visitor two')];
  const [one, two] = absorbed.map(({ principalId }) => principalId) as [Id<'prin'>, Id<'prin'>];
  const asked = { requesterContactId: null, requesterAssurance: 'anonymous' } as const;
  tickets = {
    asked: (await world.ticket({ ...asked, requesterPrincipalId: one })).id,
    both: (await world.ticket({ ...asked, requesterPrincipalId: two })).id,
    watched: (await world.ticket()).id,
    other: (await world.ticket({ ...asked, requesterPrincipalId: (await visitor(world)).principalId })).id,
  };
  const seat = (ticketId: Id<'tkt'>, who: Id<'prin'>, role: string) =>
    db.query(
      `insert into ticket_participants (ticket_id, principal_id, role, actor_kind) values ($1, $2, $3, 'system')`,
      [idToUuid(ticketId), idToUuid(who), role],
    );
  const follow = (ticketId: Id<'tkt'>, who: Id<'prin'>, source: string) =>
    db.query('insert into ticket_subscriptions (ticket_id, principal_id, source) values ($1, $2, $3)', [
      idToUuid(ticketId),
      idToUuid(who),
      source,
    ]);
  await seat(tickets.watched, one, 'watcher');
  await seat(tickets.watched, two, 'collaborator');
  await seat(tickets.watched, heir.session.principalId, 'cc');
  await seat(tickets.both, heir.session.principalId, 'cc');
  await follow(tickets.asked, one, 'auto_requester');
  await follow(tickets.both, two, 'auto_requester');
  await follow(tickets.both, heir.session.principalId, 'manual');
  await db.query('update ticket_messages set author_principal_id = $2 where ticket_id = $1', [
    idToUuid(tickets.asked),
    idToUuid(one),
  ]);
  await db.query('insert into ticket_ratings (ticket_id, cycle, principal_id, expires_at) values ($1, 0, $2, now())', [
    idToUuid(tickets.both),
    idToUuid(two),
  ]);
  for (const who of [one, heir.session.principalId])
    await db.query(
      `insert into ticket_attachments (state, actor_kind, actor_id, filename, content_type, size_bytes, sha256, storage_key, expires_at)
       values ('staged', 'customer', $1::uuid, 'log.txt', 'text/plain', 1, sha256('x'), 'a/' || $1::uuid::text, now() + interval '1 day')`,
      [idToUuid(who)],
    );
});
afterAll(() => db.drop());

const absorb = (only?: readonly Id<'tkt'>[]) =>
  testKernel(db.url).db.batch(
    repointPrincipal(
      absorbed.map(({ principalId }) => principalId),
      heir.session.principalId,
      new Date(),
      only,
    ),
    { kind: 'commit' },
  );
const seen = async () =>
  (
    await askCustomer(db.url, heir.session, listPortalTickets, { status: undefined, limit: 50, cursor: undefined })
  ).output.data.map(({ id }) => id);
const ofAbsorbed = async () => {
  const ids = absorbed.map(({ principalId }) => idToUuid(principalId));
  const [row] = await db.query(
    `select (select count(*)::int from tickets where requester_principal_id = any ($1)) as tickets,
       (select count(*)::int from ticket_messages where author_principal_id = any ($1)) as messages,
       (select count(*)::int from ticket_participants where principal_id = any ($1)) as seats,
       (select count(*)::int from ticket_subscriptions where principal_id = any ($1)) as follows,
       (select count(*)::int from ticket_ratings where principal_id = any ($1)) as ratings,
       (select count(*)::int from ticket_attachments where actor_id = any ($1)) as files`,
    [ids],
  );
  return row;
};

test('with tickets named, those requests alone are the heir’s, and nothing else of the login moves', async () => {
  const before = await ofAbsorbed();
  expect(before).toEqual({ tickets: 2, messages: 1, seats: 2, follows: 2, ratings: 1, files: 1 });
  await absorb([tickets.asked]);
  expect(await ofAbsorbed()).toEqual({ ...before, tickets: 1 });
  expect((await seen()).toSorted()).toEqual([tickets.asked, tickets.both, tickets.watched].toSorted());
});

test('must hold 50: what absorbed logins asked, wrote, joined, follow, rated and staged is the heir’s, once', async () => {
  await absorb();
  await absorb();
  expect(await ofAbsorbed()).toEqual({ tickets: 0, messages: 0, seats: 0, follows: 0, ratings: 0, files: 0 });
  expect((await seen()).toSorted()).toEqual([tickets.asked, tickets.both, tickets.watched].toSorted());
  const theirs = idToUuid(heir.session.principalId);
  expect(
    await db.query('select id, version from tickets where requester_principal_id = $1 order by id', [theirs]),
  ).toEqual([tickets.asked, tickets.both].map((id) => ({ id: idToUuid(id), version: 2 })));
  // The stronger part stays, and a requester is no participant.
  expect(await db.query('select ticket_id, role from ticket_participants where principal_id = $1', [theirs])).toEqual([
    { ticket_id: idToUuid(tickets.watched), role: 'collaborator' },
  ]);
  expect(
    await db.query('select ticket_id, source from ticket_subscriptions where principal_id = $1 order by ticket_id', [
      theirs,
    ]),
  ).toEqual([
    { ticket_id: idToUuid(tickets.asked), source: 'auto_requester' },
    { ticket_id: idToUuid(tickets.both), source: 'manual' },
  ]);
  expect(await db.query('select 1 from ticket_ratings where principal_id = $1', [theirs])).toHaveLength(1);
  expect(
    await db.query(`select 1 from ticket_attachments where actor_id = $1 and state = 'staged'`, [theirs]),
  ).toHaveLength(2);

  const asked = { ticketId: tickets.asked };
  expect((await askCustomer(db.url, heir.session, getPortalTicket, asked)).output).toMatchObject({
    requester: { isYou: true },
    canReply: true,
    canSolve: true,
  });
  const thread = await askCustomer(db.url, heir.session, listPortalMessages, {
    ...asked,
    limit: 50,
    cursor: undefined,
  });
  expect(thread.output.data).toMatchObject([{ author: { kind: 'you' } }]);
  const reply = { ...asked, via: 'widget', body: 'It is me.' } as const;
  expect((await askCustomer(db.url, heir.session, replyPortalTicket, reply)).output.followUpOf).toBeNull();
});
