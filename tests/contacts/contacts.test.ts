import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Id, idToUuid } from '#schema/ids.ts';
import { type AccessDesk, type Answered, openAccessDesk } from '#tests/support/access-desk.ts';

let desk: AccessDesk;
beforeAll(async () => {
  desk = await openAccessDesk();
});
afterAll(() => desk.close());

let names = 0;
function fresh(): string {
  names += 1;
  return `n${names}`;
}
const make = async (body: object = {}) => {
  const answer = await desk.owner.post('/contacts', { name: `Ada ${fresh()}`, ...body });
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return answer.body;
};
const company = async (...domains: string[]) => {
  const answer = await desk.owner.post('/organizations', { name: `Customer ${fresh()}`, domains });
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return answer.body;
};
const read = async (id: string) => (await desk.owner.get(`/contacts/${id}`)).body;
const refused = ({ status, body }: Answered) => [status, body.reason];
const links = (contactId: Id<'contact'>) =>
  desk.db.query<{ source: string; live: boolean }>(
    'select source, unlinked_at is null as live from contact_user_links where contact_id = $1 order by id',
    [idToUuid(contactId)],
  );

describe('a contact', () => {
  test('is made with its addresses, told once, and changed by what is sent alone', async () => {
    await desk.told();
    const made = await make({
      name: 'Ada Park',
      phone: '+44 20 7946 0000',
      emails: [{ email: 'Ada <ADA@one.example>', verified: true }, { email: 'ada@two.example' }],
    });
    expect(made.emails).toMatchObject([
      { email: 'ada@one.example', isPrimary: true, verifiedAt: made.createdAt, active: true },
      { email: 'ada@two.example', isPrimary: false, verifiedAt: null },
    ]);
    expect(await read(made.id)).toEqual(made);
    const changed = await desk.owner.patch(
      `/contacts/${made.id}`,
      { title: 'Head of Operations', phone: null },
      { 'if-match': `"${made.version}"` },
    );
    expect(changed.body).toMatchObject({ name: 'Ada Park', title: 'Head of Operations', phone: null, version: 2 });
    expect(changed.trips).toBe(2);
    const stale = await desk.owner.patch(`/contacts/${made.id}`, { name: 'B' }, { 'if-match': '"1"' });
    expect([stale.status, stale.body.current]).toEqual([412, changed.body]);
    const { events, audit } = await desk.told();
    expect(events.map(({ type, entity_seq, payload }) => [type, entity_seq, payload.changes?.length])).toEqual([
      ['contact.created', '1', undefined],
      ['contact.updated', '2', 2],
    ]);
    expect(audit.map(({ action }) => action)).toEqual(['contact.created', 'contact.updated']);
  });

  test('has a name or an address', async () => {
    expect((await desk.owner.post('/contacts', {})).status).toBe(400);
    const nameless = (await desk.owner.post('/contacts', { emails: [{ email: 'only@one.example' }] })).body;
    expect((await desk.owner.delete(`/contacts/${nameless.id}/emails/${nameless.emails[0].id}`)).status).toBe(400);
    const { id } = await make();
    expect((await desk.owner.patch(`/contacts/${id}`, { name: null })).status).toBe(400);
  });

  test('takes no address that another has, and none that is none', async () => {
    const { id: owner } = await make({ emails: [{ email: 'mine@one.example' }] });
    const { id } = await make();
    const taken = await desk.owner.post(`/contacts/${id}/emails`, { email: 'MINE@one.example' });
    expect([...refused(taken), taken.body.by]).toEqual([409, 'email_taken', owner]);
    expect(refused(await desk.owner.post('/contacts', { emails: [{ email: 'mine@one.example' }] }))).toEqual([
      409,
      'email_taken',
    ]);
    expect((await desk.owner.post(`/contacts/${id}/emails`, { email: 'no address' })).body.errors).toMatchObject([
      { pointer: '/email' },
    ]);
  });

  test('whose primary address goes is called by the oldest of the others', async () => {
    const { id, emails } = await make({ emails: [{ email: 'p1@x.example' }, { email: 'p2@x.example' }] });
    await desk.owner.post(`/contacts/${id}/emails`, { email: 'p3@x.example' });
    expect((await desk.owner.delete(`/contacts/${id}/emails/${emails[0].id}`)).status).toBe(204);
    expect((await read(id)).emails.map((each: { email: string }) => each.email)).toEqual([
      'p2@x.example',
      'p3@x.example',
    ]);
    const [, third] = (await read(id)).emails;
    const promoted = await desk.owner.patch(`/contacts/${id}/emails/${third.id}`, { isPrimary: true });
    expect(promoted.body).toMatchObject({ email: 'p3@x.example', isPrimary: true });
    expect((await read(id)).emails.map((each: { isPrimary: boolean }) => each.isPrimary)).toEqual([true, false]);
  });

  test('under another contact an address is nowhere', async () => {
    const [one, other] = [await make(), await make({ emails: [{ email: 'elsewhere@x.example' }] })];
    for (const answer of [
      await desk.owner.delete(`/contacts/${one.id}/emails/${other.emails[0].id}`),
      await desk.owner.patch(`/contacts/${one.id}/emails/${other.emails[0].id}`, { verified: true }),
    ])
      expect(answer.status).toBe(404);
    expect(await read(other.id)).toEqual(other);
  });
});

describe('must hold 46', () => {
  test('two who come with a new address at once are one contact and, of a new domain, one organisation', async () => {
    await desk.db.query('update ticket_settings set auto_create_organizations = true');
    const email = 'first@brand-new.example';
    const open = () =>
      desk.owner.post('/tickets', { subject: 'Hello', body: 'Hello', requester: { email, name: 'First' } });
    const upsert = (address: string) =>
      desk.owner.post('/contacts/upsert', { identifier: { email: address }, onCreate: { name: 'First' } });
    const answers = await Promise.all([open(), open(), upsert(email), open(), upsert(email)]);
    expect(answers.map(({ status }) => status).filter((status) => status !== 200 && status !== 201)).toEqual([]);
    expect(await desk.db.query('select contact_id from contact_emails where email = $1', [email])).toHaveLength(1);
    const makers = ['a', 'b', 'c'].map((who) =>
      desk.owner.post('/contacts', { emails: [{ email: `${who}@brand-new.example`, verified: true }] }),
    );
    const made = await Promise.all(makers);
    expect(made.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(new Set(made.map(({ body }) => body.organizationId)).size).toBe(1);
    expect(made[0]?.body).toMatchObject({ organizationSource: 'domain', organizationId: expect.any(String) });
    expect(await desk.db.query("select id from organization_domains where domain = 'brand-new.example'")).toHaveLength(
      1,
    );
    await desk.db.query('update ticket_settings set auto_create_organizations = false');
  });
});

describe('must hold 47', () => {
  test('a domain is stored in one form; a registry or a free provider is none', async () => {
    const org = await company('https://www.Bücher.example:8080/x');
    expect(org.domains).toMatchObject([{ domain: 'xn--bcher-kva.example', isPrimary: true }]);
    for (const [domain, reason] of [
      ['co.uk', 'public_suffix'],
      ['github.io', 'public_suffix'],
      ['gmail.com', 'free_mail_domain'],
    ])
      expect(refused(await desk.owner.post(`/organizations/${org.id}/domains`, { domain }))).toEqual([422, reason]);
  });

  test('a proved address leads to the organisation of the longest domain, one not proved to none', async () => {
    const [acme, europe] = [await company('acme.com'), await company('eu.acme.com')];
    const at = async (email: string, verified = true) => (await make({ emails: [{ email, verified }] })).organizationId;
    expect(await at('a@eu.acme.com')).toBe(europe.id);
    expect(await at('a@mail.eu.acme.com')).toBe(europe.id);
    expect(await at('a@us.acme.com')).toBe(acme.id);
    expect(await at('b@acme.com', false)).toBeNull();
    const { id, emails } = await make({ emails: [{ email: 'c@acme.com' }] });
    await desk.owner.patch(`/contacts/${id}/emails/${emails[0].id}`, { verified: true });
    expect(await read(id)).toMatchObject({ organizationId: acme.id, organizationSource: 'domain' });
  });

  test('what a person chose, a domain never overrules', async () => {
    const { id } = await make({ emails: [{ email: 'd@acme.com', verified: true }] });
    await desk.owner.patch(`/contacts/${id}`, { organizationId: null });
    await desk.owner.post(`/contacts/${id}/emails`, { email: 'd@eu.acme.com', verified: true });
    expect(await read(id)).toMatchObject({ organizationId: null, organizationSource: 'manual' });
    const ticket = await desk.owner.post('/tickets', { subject: 'Hello', requester: { contactId: id } });
    expect(ticket.body.organizationId).toBeNull();
  });
});

describe('must hold 48', () => {
  test('archiving frees addresses; who comes with one afterwards is never given the archived contact as it was', async () => {
    const email = 'archived@x.example';
    const gone = await make({ emails: [{ email }, { email: 'archived-two@x.example' }] });
    const archived = await desk.owner.post(`/contacts/${gone.id}/archive`);
    expect(archived.body.emails.map((each: { active: boolean }) => each.active)).toEqual([false, false]);
    const other = await make({ emails: [{ email: 'archived-two@x.example' }] });
    expect(refused(await desk.owner.post(`/contacts/${gone.id}/unarchive`))).toEqual([409, 'email_taken']);
    await desk.told();
    const ticket = (await desk.owner.post('/tickets', { subject: 'Again', body: 'Hi', requester: { email } })).body;
    expect(ticket.requester.contactId).toBe(gone.id);
    expect(await read(gone.id)).toMatchObject({ archivedAt: null, emails: [{ email, active: true, isPrimary: true }] });
    expect((await desk.told()).events.map(({ type }) => type)).toEqual(['contact.unarchived', 'ticket.created']);
    expect((await read(other.id)).emails).toMatchObject([{ email: 'archived-two@x.example', active: true }]);
    await desk.owner.post(`/contacts/${gone.id}/archive`);
    await desk.told();
    await desk.owner.post('/contacts/upsert', { identifier: { email }, onUpdate: { title: 'Back again' } });
    const { events } = await desk.told();
    expect(events.map(({ type, entity_seq }) => [type, Number(entity_seq)])).toEqual([
      ['contact.unarchived', 5],
      ['contact.updated', 6],
    ]);
    expect(events[1]?.payload.changes).toContainEqual({ field: 'title', from: null, to: 'Back again' });
  });

  test('unarchiving leaves behind what others took, if asked; organisations alike', async () => {
    const org = await company('freed.example', 'kept.example');
    await desk.owner.post(`/organizations/${org.id}/archive`);
    const heir = await company('freed.example');
    expect(refused(await desk.owner.post(`/organizations/${org.id}/unarchive`))).toEqual([409, 'domain_taken']);
    const back = await desk.owner.post(`/organizations/${org.id}/unarchive`, { dropTaken: true });
    expect(back.body).toMatchObject({ archivedAt: null, domains: [{ domain: 'kept.example', isPrimary: true }] });
    expect((await desk.owner.get('/organizations?domain=www.freed.example')).body.data).toMatchObject([
      { id: heir.id },
    ]);
  });
});

describe('must hold 49', () => {
  test('a login is tied by an address that it has proved, and loses it in the commit in which the address goes', async () => {
    const { userId, email } = await desk.world.member();
    const made = await make({ emails: [{ email: 'other@x.example' }, { email }] });
    expect(await links(made.id)).toEqual([{ source: 'verified_email', live: true }]);
    await desk.told();
    await desk.owner.delete(`/contacts/${made.id}/emails/${made.emails[1].id}`);
    expect(await links(made.id)).toEqual([{ source: 'verified_email', live: false }]);
    expect((await desk.told()).events.map(({ type, payload }) => [type, payload.userId])).toEqual([
      ['contact.updated', undefined],
      ['contact.unlinked', userId],
    ]);
    const heir = await make({ emails: [{ email }] });
    expect(await links(heir.id)).toEqual([{ source: 'verified_email', live: true }]);
  });

  test('several logins move together to whoever has their addresses now, and come back with them', async () => {
    const [one, other] = [await desk.world.member(), await desk.world.member()];
    const emails = [{ email: one.email }, { email: other.email }];
    const live = async (id: Id<'contact'>) => (await links(id)).filter((each) => each.live).length;
    const first = await make({ emails });
    await desk.owner.post(`/contacts/${first.id}/archive`);
    const heir = await make({ emails });
    expect([await live(first.id), await live(heir.id)]).toEqual([0, 2]);
    await desk.owner.post(`/contacts/${heir.id}/archive`);
    await desk.told();
    await desk.owner.post(`/contacts/${first.id}/unarchive`, {});
    expect([await live(first.id), await live(heir.id)]).toEqual([2, 0]);
    expect((await desk.told()).events.map(({ type }) => type)).toEqual([
      'contact.unarchived',
      ...['contact.unlinked', 'contact.unlinked', 'contact.linked', 'contact.linked'],
    ]);
  });

  test('one that has proved nothing is never tied, by the rule or by hand', async () => {
    const { userId, email } = await desk.world.member();
    await desk.db.query('update "user" set email_verified = false where id = $1', [idToUuid(userId)]);
    const made = await make({ emails: [{ email }] });
    expect(await links(made.id)).toEqual([]);
    expect(refused(await desk.owner.post(`/contacts/${made.id}/links`, { userId }))).toEqual([
      422,
      'user_not_verified',
    ]);
  });

  test('an address that changes while the tie is made wins over it', async () => {
    const { id: principalId, userId, email } = await desk.world.member();
    const { status } = await desk.overtaken(
      () => desk.owner.post('/contacts', { emails: [{ email }] }),
      async () => {
        await desk.db.query(`update "user" set email = 'moved-' || email where id = $1`, [idToUuid(userId)]);
        await desk.db.query('update principal set revision = revision + 1 where id = $1', [idToUuid(principalId)]);
      },
    );
    expect(status).toBe(201);
    expect(await desk.db.query('select 1 from contact_user_links where user_id = $1', [idToUuid(userId)])).toEqual([]);
  });

  test('by hand it is tied to one contact only, and stays when addresses change', async () => {
    const { userId } = await desk.world.member();
    const [one, other] = [await make({ emails: [{ email: 'h1@x.example' }] }), await make()];
    const tied = await desk.owner.post(`/contacts/${one.id}/links`, { userId });
    expect(tied.body).toMatchObject({ contactId: one.id, userId, source: 'manual' });
    expect((await desk.owner.post(`/contacts/${one.id}/links`, { userId })).body).toEqual(tied.body);
    expect(refused(await desk.owner.post(`/contacts/${other.id}/links`, { userId }))).toEqual([
      409,
      'user_already_linked',
    ]);
    await desk.owner.delete(`/contacts/${one.id}/emails/${one.emails[0].id}`);
    expect((await desk.owner.get(`/contacts/${one.id}/links`)).body.data).toEqual([tied.body]);
    expect((await desk.owner.delete(`/contacts/${one.id}/links/${tied.body.id}`)).status).toBe(204);
    expect((await desk.owner.get(`/contacts/${one.id}/links`)).body.data).toEqual([]);
  });
});
