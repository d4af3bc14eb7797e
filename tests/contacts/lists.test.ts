import { afterAll, beforeAll, expect, test } from 'vitest';
import { idToUuid } from '#schema/ids.ts';
import { type AccessDesk, openAccessDesk } from '#tests/support/access-desk.ts';

let desk: AccessDesk;
beforeAll(async () => {
  desk = await openAccessDesk();
});
afterAll(() => desk.close());

interface Listed {
  logins: unknown[];
  id: string;
  kind: string;
  name: string;
}

async function pages(path: string): Promise<Listed[][]> {
  const found: Listed[][] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const { status, body } = await desk.owner.get(`${path}${cursor === '' ? '' : `&cursor=${cursor}`}`);
    expect(status, JSON.stringify(body)).toBe(200);
    found.push(body.data);
    expect(body.page.hasMore).toBe(body.page.next !== null);
    cursor = body.page.next;
  }
  return found;
}

const put = (sql: string, ...params: unknown[]) => desk.db.query(sql, params);

test('must hold 51: sixty people, twenty of them with logins, come once each in one order, ten at a time', async () => {
  // Names repeat across kinds, and one is longer than a cursor holds.
  await put(`
    insert into contacts (name, sort_name, search_text)
    select name, fold(name), fold(name) from (
      select case when i = 40 then repeat('Ω', 199) else 'Person ' || lpad((i % 13)::text, 2, '0') end as name from generate_series(1, 40) i) n`);
  await put(`
    with people as (insert into "user" (email, email_verified) select 'p' || i || '@people.example', true from generate_series(1, 40) i returning id, email)
    insert into principal (type, user_id, display_name)
    select 'user', id, 'Person ' || lpad((substring(email from '[0-9]+')::int % 13)::text, 2, '0') from people`);
  await put(`
    insert into contact_user_links (contact_id, user_id, source, actor_kind, linked_at)
    select c.id, u.id, 'verified_email', 'system', now()
    from (select id, row_number() over (order by id) as n from contacts) c
    join (select id, row_number() over (order by id) as n from "user" where email like 'p%@people.example') u using (n) where n <= 20`);
  for (const sort of ['name', '-created']) {
    const found = await pages(`/customers?limit=10&sort=${sort}`);
    expect(found.map((page) => page.length)).toEqual([10, 10, 10, 10, 10, 10]);
    const all = found.flat();
    expect(new Set(all.map(({ id }) => id)).size).toBe(60);
    expect(all.filter(({ kind }) => kind === 'contact')).toHaveLength(40);
    const key = ({ name, kind, id }: Listed) => (sort === 'name' ? [name.toLowerCase(), kind, id] : [id.split('_')[1]]);
    const ordered = all.map(key).map((each) => each.join(' '));
    const expected = ordered.toSorted();
    expect(ordered).toEqual(sort === 'name' ? expected : expected.toReversed());
  }
  expect((await pages('/customers?limit=50')).flat().flatMap(({ logins }) => logins)).toHaveLength(40);
});

test('customers are found by beginnings of words, kind, organisation and segment; staff are none of them', async () => {
  const { body: org } = await desk.owner.post('/organizations', { name: 'Lighthouse' });
  const { body: zoe } = await desk.owner.post('/contacts', {
    name: "Zoë O'Hara-Klein",
    organizationId: org.id,
    emails: [{ email: 'zoe.ohara@light-house.example' }],
  });
  const found = async (query: string) =>
    (await desk.owner.get(`/customers?${query}`)).body.data.map(({ id }: Listed) => id);
  for (const q of ['zoe', 'ZOË kl', 'zoe.ohara@light', 'light-house.example', 'hara zo', `organization=${org.id}`])
    expect(await found(q.includes('=') ? q : `q=${encodeURIComponent(q)}`), q).toEqual([zoe.id]);
  expect(await found('q=zoe&kind=user')).toEqual([]);
  expect(await found('q=Member')).toEqual([]);
  expect(await found('q=p33@people')).toHaveLength(1);
  const seg = desk.world.newId('seg');
  await put("insert into segments (id, name, slug, kind) values ($1, 'VIP', 'vip', 'manual')", idToUuid(seg));
  await put(`insert into user_segments (segment_id, principal_id, effect, source, actor_kind)
    select '${idToUuid(seg)}', p.id, case when u.email = 'p1@people.example' then 'in' else 'out' end, 'manual', 'system'
    from "user" u join principal p on p.user_id = u.id where u.email in ('p1@people.example', 'p40@people.example')`);
  const { data } = (await desk.owner.get(`/customers?segment=${seg}`)).body;
  expect(data).toMatchObject([{ kind: expect.any(String), segments: [{ id: seg, name: 'VIP' }] }]);
});

test('a customer shows no more open tickets than the reader may see', async () => {
  const contact = await desk.world.contact('Quentin Quill');
  for (const place of [{}, { primaryTeamId: desk.world.teams.billing }])
    await desk.world.ticket({ requesterContactId: contact.id, ...place });
  const agent = await desk.keyOf(desk.world.agent);
  const open = async (caller: typeof agent) => (await caller.get('/customers?q=quentin')).body.data[0].openTickets;
  expect([await open(desk.owner), await open(agent)]).toEqual([2, 1]);
  const { caller } = await desk.holder(['ticket.view_all']);
  expect((await caller.get('/customers')).status).toBe(403);
});

test('the address of a colleague who is a customer too is for who administrates people', async () => {
  const { userId, email } = await desk.world.member();
  const { id } = (await desk.owner.post('/contacts', { name: 'Both Ways' })).body;
  await desk.owner.post(`/contacts/${id}/links`, { userId });
  const { caller } = await desk.holder(['org.view']);
  const logins = async (who: typeof caller) => (await who.get('/customers?q=both')).body.data[0].logins;
  expect([await logins(desk.owner), await logins(caller)]).toEqual([[{ userId, email }], [{ userId, email: null }]]);
});

test('lists of contacts and organisations page by name, and take any text to search for', async () => {
  const all = (await pages('/contacts?limit=7')).flat();
  expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
  expect(all.length).toBe(Number((await put('select count(*) as n from contacts'))[0]?.n));
  for (const q of [
    '%',
    '_',
    "'",
    '\\',
    ':*',
    '&',
    `${"'".repeat(200)}`,
    '',
    '!x',
    '<->',
    "a\\'b",
    '東京',
    'a & b | !c',
  ])
    for (const path of ['/contacts', '/organizations', '/customers'])
      expect((await desk.owner.get(`${path}?q=${encodeURIComponent(q)}`)).status, `${path} ${q}`).toBe(200);
  expect((await desk.owner.get('/contacts?q=%25')).body.data).toEqual([]);
  expect((await desk.owner.get('/contacts?email=no')).status).toBe(400);
  await desk.owner.post('/contacts', { name: '東京 太郎' });
  expect((await desk.owner.get(`/contacts?q=${encodeURIComponent('東京')}`)).body.data).toHaveLength(1);
});

test('attributes are checked by the fields of contacts', async () => {
  await put("insert into ticket_fields (applies_to, key, type, label) values ('contact', 'seats', 'integer', 'Seats')");
  const { body } = await desk.owner.post('/contacts', { name: 'With fields', attributes: { seats: 7 } });
  expect(body.attributes).toEqual({ seats: 7 });
  const refused = await desk.owner.patch(`/contacts/${body.id}`, { attributes: { seats: 'many' } });
  expect([refused.status, refused.body.reason]).toEqual([422, 'invalid_field']);
  const other = await desk.owner.post('/organizations', { name: 'X', attributes: { seats: 1 } });
  expect([other.status, other.body.reason]).toEqual([422, 'unknown_field']);
  expect((await desk.owner.patch(`/contacts/${body.id}`, { attributes: { seats: null } })).body.attributes).toEqual({});
});

test('attributes of up to 32 KiB change like short ones; what would be more together is refused', async () => {
  for (const key of ['a', 'b', 'c', 'd'])
    await desk.owner.post('/ticket-fields', { appliesTo: 'contact', type: 'long_text', key, label: key });
  const long = (keys: string, letter: string) =>
    Object.fromEntries([...keys].map((key) => [key, letter.repeat(10_000)]));
  const one = (await desk.owner.post('/contacts', { name: 'One', attributes: long('abc', 'x') })).body;
  await desk.told();
  const changed = await desk.owner.patch(`/contacts/${one.id}`, { title: 'T', attributes: long('abc', 'y') });
  expect(changed.body.attributes).toEqual(long('abc', 'y'));
  expect((await desk.told()).audit.map(({ changes }) => changes)).toEqual([
    { title: [null, 'T'], attributes: { truncated: true } },
  ]);
  const other = (await desk.owner.post('/contacts', { name: 'Other', attributes: long('d', 'x') })).body;
  const merged = await desk.owner.post(`/contacts/${one.id}/merge`, { loserId: other.id });
  expect([merged.status, merged.body.reason]).toEqual([422, 'limit_reached']);
});
