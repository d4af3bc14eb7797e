import { afterAll, beforeAll, expect, test } from 'vitest';
import { ServiceError } from '#schema/errors.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { ticketFields } from '#schema/index.ts';
import { qb } from '#services/kernel/query.ts';
import { addPortalPerson } from '#services/portal/add-portal-person.ts';
import { createPortalTicket } from '#services/portal/create-portal-ticket.ts';
import { deletePortalMessage } from '#services/portal/delete-portal-message.ts';
import { editPortalMessage } from '#services/portal/edit-portal-message.ts';
import { followPortalTicket } from '#services/portal/follow-portal-ticket.ts';
import { listPortalMessages } from '#services/portal/list-portal-messages.ts';
import { replyPortalTicket } from '#services/portal/reply-portal-ticket.ts';
import { setPortalFields } from '#services/portal/set-portal-fields.ts';
import { askCustomer, customer, type TestCustomer } from '../support/ask-customer.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { createWorld, type World } from '../support/world.ts';

let db: TestDatabase;
let world: World;
let ada: TestCustomer;
let bob: TestCustomer;
beforeAll(async () => {
  db = await createTestDatabase();
  world = await createWorld(db);
  ada = await customer(world, { name: 'Ada Park' });
  bob = await customer(world, { name: 'Bob Stone' });
});
afterAll(() => db.drop());

type Session = TestCustomer['session'];
const refused = (ask: Promise<unknown>): Promise<string | undefined> =>
  ask.then(
    () => 'answered',
    (error) => {
      if (!(error instanceof ServiceError)) throw error;
      return error.reason ?? error.code;
    },
  );
const file = async (who: Session = ada.session): Promise<Id<'tkt'>> => {
  const asked = { via: 'widget', subject: 'Help', body: 'It broke.' } as const;
  return (await askCustomer(db.url, who, createPortalTicket, asked)).output.id as Id<'tkt'>;
};
const reply = async (who: Session, ticketId: Id<'tkt'>, body: string): Promise<Id<'tmsg'>> =>
  (await askCustomer(db.url, who, replyPortalTicket, { via: 'widget', ticketId, body })).output.message
    .id as Id<'tmsg'>;
const edit = (who: Session, ticketId: Id<'tkt'>, messageId: Id<'tmsg'>, body: string, now?: Date) =>
  askCustomer(db.url, who, editPortalMessage, { ticketId, messageId, body }, now);
const remove = (who: Session, ticketId: Id<'tkt'>, messageId: Id<'tmsg'>) =>
  askCustomer(db.url, who, deletePortalMessage, { ticketId, messageId });
const thread = async (who: Session, ticketId: Id<'tkt'>) =>
  (await askCustomer(db.url, who, listPortalMessages, { ticketId, limit: 50, cursor: undefined })).output.data;
const told = async (ticketId: Id<'tkt'>) =>
  (
    await db.query<{ told: string }>(
      "select type || ':' || actor_kind as told from events where entity_id = $1 order by seq",
      [idToUuid(ticketId)],
    )
  ).map((row) => row.told);

test('a customer changes and takes back what they wrote, until the next public message or the end of the window', async () => {
  const ticketId = await file();
  const [opening] = await thread(ada.session, ticketId);
  const first = await edit(ada.session, ticketId, opening?.id as Id<'tmsg'>, 'It broke at noon.');
  expect([first.trips, first.output]).toMatchObject([2, { body: 'It broke at noon.', edited: true }]);
  expect((await edit(ada.session, ticketId, opening?.id as Id<'tmsg'>, 'It broke at noon.')).trips).toBe(1);
  expect(await refused(remove(ada.session, ticketId, opening?.id as Id<'tmsg'>))).toBe('opening_message');
  const mine = await reply(ada.session, ticketId, 'My card is 42');
  // A note is no part of the conversation, and tells nothing of itself.
  await db.query(
    `insert into ticket_messages (ticket_id, seq, audience, author_kind, author_name, via, body, body_text)
     values ($1, 9, 'internal', 'agent', 'Eve', 'api', 'note', 'note')`,
    [idToUuid(ticketId)],
  );
  expect(await refused(edit(ada.session, ticketId, opening?.id as Id<'tmsg'>, 'x'))).toBe('edit_window_over');
  expect(await refused(edit(ada.session, ticketId, mine, 'x', new Date(Date.now() + 16 * 60_000)))).toBe(
    'edit_window_over',
  );
  expect(await refused(edit(bob.session, ticketId, mine, 'x'))).toBe('not_found');
  expect((await remove(ada.session, ticketId, mine)).trips).toBe(2);
  expect((await thread(ada.session, ticketId)).map(({ body }) => body)).toEqual(['It broke at noon.']);
  expect(await refused(edit(ada.session, ticketId, mine, 'x'))).toBe('not_found');
  expect(await told(ticketId)).toEqual([
    'ticket.created:customer',
    'ticket.message_updated:customer',
    'ticket.message_added:customer',
    'ticket.message_deleted:customer',
  ]);
});

test('a proved requester adds people by address, once; they read and reply, and change nobody else’s words', async () => {
  const ticketId = await file();
  const [{ email } = { email: '' }] = await db.query<{ email: string }>(
    'select email from contact_emails where contact_id = $1',
    [idToUuid(bob.contactId)],
  );
  const add = (who: Session, address = email, to = ticketId) =>
    askCustomer(db.url, who, addPortalPerson, { ticketId: to, email: address, name: 'B' });
  expect(await refused(add(bob.session))).toBe('not_found');
  const added = await add(ada.session, email.toUpperCase());
  expect([added.trips, added.output.people]).toEqual([2, [{ name: 'Bob Stone' }]]);
  expect((await add(ada.session)).trips).toBe(1);
  expect((await add(ada.session, 'new@person.test')).output.people).toEqual([{ name: 'Bob Stone' }, { name: 'B' }]);
  const [opening] = await thread(bob.session, ticketId);
  expect(await refused(edit(bob.session, ticketId, opening?.id as Id<'tmsg'>, 'x'))).toBe('not_author');
  expect(await refused(add(bob.session))).toBe('reply_not_allowed');
  expect(await refused(add(ada.session, 'no address'))).toBe('invalid_request');
  const claimed = { ...ada.session, assurance: 'claimed' as const };
  expect(await refused(add(claimed))).toBe('not_found');
  expect(await refused(add(claimed, email, await file(claimed)))).toBe('reply_not_allowed');
  expect((await told(ticketId)).filter((each) => each.startsWith('ticket.participant_added'))).toHaveLength(2);
});

test('the requester fills in fields that are theirs, and follows or mutes the request for themselves alone', async () => {
  const field = (key: string, portal: 'visible' | 'editable') =>
    world.put(
      qb
        .insert(ticketFields)
        .values({ id: world.newId('tfield'), appliesTo: 'ticket', key, type: 'text', label: key, portal }),
    );
  await field('plan', 'editable');
  await field('region', 'visible');
  const ticketId = await file();
  const set = (who: Session, fields: object) =>
    askCustomer(db.url, who, setPortalFields, { ticketId, fields: { ...fields } });
  const done = await set(ada.session, { plan: 'pro' });
  expect([done.trips, done.output.fields[0]]).toMatchObject([2, { key: 'plan', value: 'pro' }]);
  expect((await set(ada.session, { plan: 'pro' })).trips).toBe(1);
  expect(await refused(set(ada.session, { region: 'eu' }))).toBe('unknown_field');
  expect(await refused(set(bob.session, { plan: 'x' }))).toBe('not_found');
  const before = await db.query('select revision, last_activity_at from tickets where id = $1', [idToUuid(ticketId)]);
  const follow = async (on: boolean) =>
    (await askCustomer(db.url, ada.session, followPortalTicket, { ticketId, follow: on })).trips;
  expect([await follow(true), await follow(false), await follow(false), await follow(true)]).toEqual([1, 2, 1, 2]);
  const [row] = await db.query('select source, muted_at from ticket_subscriptions where ticket_id = $1', [
    idToUuid(ticketId),
  ]);
  expect(row).toEqual({ source: 'manual', muted_at: null });
  expect(await db.query('select revision, last_activity_at from tickets where id = $1', [idToUuid(ticketId)])).toEqual(
    before,
  );
});
