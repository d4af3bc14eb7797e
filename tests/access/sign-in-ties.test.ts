import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Id, idToUuid } from '#schema/ids.ts';
import { listPortalTickets } from '#services/portal/list-portal-tickets.ts';
import { askCustomer } from '#tests/support/ask-customer.ts';
import { type InvitingDesk, openInvitingDesk, refusal } from '#tests/support/invitations.ts';

let desk: InvitingDesk;
beforeAll(async () => {
  desk = await openInvitingDesk();
  await desk.change(desk.issuerId, { provision: 'create', email_domains: '{partner.test}' });
  await desk.rules(desk.issuerId, [{ claim: ['groups'], equals: 'staff', roleId: await desk.roleNamed('agent') }]);
});
afterAll(() => desk.close());

let people = 0;
const address = (): string => {
  people += 1;
  return `pat-${people}@partner.test`;
};
/** A contact with an address that nobody has proved, and a ticket of theirs. */
async function contactAt(email: string) {
  const { body } = await desk.asOwner('POST', '/contacts', { body: { name: 'Pat Olsen', emails: [{ email }] } });
  const contact = body as { id: Id<'contact'>; emails: { id: string }[] };
  const ticket = await desk.world.ticket({ requesterContactId: contact.id });
  return { ...contact, ticketId: ticket.id };
}
const signIn = async (email: string, claims: Record<string, unknown> = {}) =>
  desk.call('GET', '/me', { token: await desk.proof(email, { groups: ['staff'], ...claims }) });
const ties = (contactId: Id<'contact'>) =>
  desk.db.query(
    `select u.email, l.source, l.unlinked_at is null as holds from contact_user_links l join "user" u on u.id = l.user_id
     where l.contact_id = $1 order by l.linked_at, l.id`,
    [idToUuid(contactId)],
  );
const told = async (contactId: Id<'contact'>) =>
  (
    await desk.db.query<{ type: string }>('select type from events where entity_id = $1 order by entity_seq', [
      idToUuid(contactId),
    ])
  ).map(({ type }) => type);
/** What the login of an address sees on the customer's door. */
async function seenBy(email: string): Promise<string[]> {
  const [who] = await desk.db.query<{ id: Id<'prin'> }>(
    `select to_typeid('prin', p.id) as id from principal p join "user" u on u.id = p.user_id where u.email = $1`,
    [email],
  );
  const session = { principalId: who?.id as Id<'prin'>, assurance: 'verified' } as const;
  const asked = { status: undefined, limit: 50, cursor: undefined };
  return (await askCustomer(desk.db.url, session, listPortalTickets, asked)).output.data.map(({ id }) => id);
}

test('who joins by an invitation is the contact of the proved address from that commit on, and no longer than both have it', async () => {
  const { email, link } = await desk.invite();
  const contact = await contactAt(email);
  const joined = await desk.accept(link, await desk.proof(email));
  expect([joined.status, joined.trips]).toEqual([200, 2]);
  expect(await ties(contact.id)).toEqual([{ email, source: 'verified_email', holds: true }]);
  expect(await told(contact.id)).toEqual(['contact.created', 'contact.linked']);
  expect(await seenBy(email)).toEqual([contact.ticketId]);

  const gone = await desk.asOwner('DELETE', `/contacts/${contact.id}/emails/${contact.emails[0]?.id}`);
  expect(gone.status).toBe(204);
  expect(await ties(contact.id)).toMatchObject([{ holds: false }]);
  expect(await told(contact.id)).toEqual(['contact.created', 'contact.linked', 'contact.updated', 'contact.unlinked']);
  expect(await seenBy(email)).toEqual([]);
});

test('who is taken in at sign-in is so too, in the one commit of the sign-in', async () => {
  const email = address();
  const contact = await contactAt(email);
  const first = await signIn(email, { email: email.toUpperCase() });
  expect([first.status, first.trips]).toEqual([200, 3]);
  expect(await ties(contact.id)).toEqual([{ email, source: 'verified_email', holds: true }]);
  expect(await told(contact.id)).toEqual(['contact.created', 'contact.linked']);
  const again = await signIn(email);
  expect([again.status, again.trips]).toEqual([200, 1]);
  expect(await ties(contact.id)).toHaveLength(1);
});

test('a customer who claimed the address without proof gives up the contact with it to whoever proves it', async () => {
  const email = address();
  await desk.db.query(
    `with u as (insert into "user" (email) values ($1) returning id)
     insert into principal (type, user_id, display_name) select 'user', id, 'Claimed' from u`,
    [email],
  );
  const contact = await contactAt(email);
  expect(await ties(contact.id)).toEqual([]);
  expect(refusal(await signIn(email, { email_verified: false }))).toBe('401 not_a_member');
  expect(await ties(contact.id)).toEqual([]);
  expect((await signIn(email)).status).toBe(200);
  expect(await ties(contact.id)).toEqual([{ email, source: 'verified_email', holds: true }]);
});

test('a member of whom the tie is missing gets it when an issuer first speaks for them', async () => {
  const email = address();
  const member = await desk.world.member({ role: 'agent' });
  const contact = await contactAt(email);
  await desk.db.query(`update "user" set email = $1 where id = $2`, [email, idToUuid(member.userId)]);
  expect((await signIn(email)).status).toBe(200);
  expect(await ties(contact.id)).toEqual([{ email, source: 'verified_email', holds: true }]);
});

test('staff whose address no contact has become none', async () => {
  const count = async () => (await desk.db.query('select 1 from contacts')).length;
  const before = await count();
  expect((await signIn(address())).status).toBe(200);
  const { email, link } = await desk.invite();
  expect((await desk.accept(link, await desk.proof(email))).status).toBe(200);
  expect(await count()).toBe(before);
});

test('what somebody tied by hand stays', async () => {
  const email = address();
  const [own, other] = [await contactAt(email), await contactAt(address())];
  const [made] = await desk.db.query<{ id: string }>(
    `with u as (insert into "user" (email, email_verified) values ($1, true) returning id)
     insert into principal (type, user_id, display_name) select 'user', id, 'Customer' from u returning to_typeid('user', user_id) as id`,
    [email],
  );
  const tied = await desk.asOwner('POST', `/contacts/${other.id}/links`, { body: { userId: made?.id } });
  expect(tied.status, JSON.stringify(tied.body)).toBe(201);
  expect((await signIn(email)).status).toBe(200);
  expect(await ties(other.id)).toEqual([{ email, source: 'manual', holds: true }]);
  expect(await ties(own.id)).toEqual([]);
});

test('a contact that loses the address while somebody signs in by it is not theirs', async () => {
  const email = address();
  const contact = await contactAt(email);
  const token = await desk.proof(email, { groups: ['staff'] });
  let trips = 0;
  desk.worker.proxy.setHook(async () => {
    trips += 1;
    if (trips === 2) {
      await desk.db.query('update contact_emails set active = false where contact_id = $1', [idToUuid(contact.id)]);
      await desk.db.query('update contacts set revision = revision + 1 where id = $1', [idToUuid(contact.id)]);
    }
    return 'pass' as const;
  });
  const answer = await desk.call('GET', '/me', { token });
  desk.worker.proxy.setHook(undefined);
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  expect(await ties(contact.id)).toEqual([]);
});
