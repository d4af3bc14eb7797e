import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ProxyVerdict } from '#local/neon-proxy.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { type AccessDesk, type Answered, type Caller, openAccessDesk } from '#tests/support/access-desk.ts';

let desk: AccessDesk;
beforeAll(async () => {
  desk = await openAccessDesk();
});
afterAll(() => desk.close());

const ok = (answer: Answered): Answered['body'] => {
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
  return answer.body;
};

async function open(subject: string, more: Record<string, unknown> = {}): Promise<Id<'tkt'>> {
  const asked = { subject, body: 'Hello.', requester: { email: 'ada@customer.test' }, ...more };
  return ok(await desk.owner.post('/tickets', asked)).id;
}

const say = async (ticketId: Id<'tkt'>, body: string, more: Record<string, unknown> = {}): Promise<Id<'tmsg'>> =>
  ok(await desk.owner.post(`/tickets/${ticketId}/messages`, { body, ...more })).message.id;

const search = async (q: string, by: Caller = desk.owner, more = ''): Promise<Answered['body']['data']> => {
  const answer = await by.get(`/tickets?q=${encodeURIComponent(q)}&limit=200${more}`);
  expect(answer.trips).toBe(1);
  return ok(answer).data;
};
const ids = (found: readonly { id: string }[]): string[] => found.map(({ id }) => id);
const finds = async (q: string, by?: Caller): Promise<string[]> => ids(await search(q, by));

describe('what is typed', () => {
  test('no text is dangerous: signs of SQL, of patterns and of queries are searched for, or are nothing', async () => {
    const id = await open('It costs 100% of a_b and c:d');
    const signs = [
      '%',
      '_',
      "'",
      '\\',
      ':*',
      '&',
      '"'.repeat(200),
      '',
      ' ',
      '-',
      '- -',
      'or',
      '"',
      '!',
      '<->',
      '((',
      "a' or 1=1 --",
    ];
    for (const q of [...signs, '\u202e', '😀', '"unfinished phrase', 'ﬀ', `${'x'.repeat(198)}:*`, "''''", '\\\\%'])
      ok(await desk.owner.get(`/tickets?q=${encodeURIComponent(q)}`));
    for (const q of ['%', '_', "'", '\\', ':*', '&', '"'.repeat(200)]) expect(await finds(q), q).toEqual([]);
    expect(await finds('')).toContain(id);
    expect(await finds("100% a_b 'c:d")).toEqual([id]);
  });

  test('longer than 200 characters or more than ten words is refused by name', async () => {
    for (const [q, code] of [
      ['x'.repeat(201), 'too_long'],
      ['w '.repeat(11), 'too_many'],
    ] as const) {
      const answer = await desk.owner.get(`/tickets?q=${encodeURIComponent(q)}`);
      expect([answer.status, answer.body.errors[0].code]).toEqual([400, code]);
    }
  });

  test('spelling does not matter, scripts without blanks are found by what they hold, and only that', async () => {
    const cafe = await open('Reçu du CAFÉ');
    const tokyo = await open('東京都の請求書');
    const kyoto = await open('京東からの質問');
    const bangkok = await open('ใบแจ้งหนี้กรุงเทพ');
    expect(await finds('É')).not.toContain(tokyo);
    await open('e');
    expect((await finds('É')).length).toBe(1);
    expect(await finds('cafe RECU')).toEqual([cafe]);
    expect(await finds('東京')).toEqual([tokyo]);
    expect(await finds('京東')).toEqual([kyoto]);
    expect((await finds('東')).toSorted()).toEqual([tokyo, kyoto].toSorted());
    expect(await finds('東京 -請求書')).toEqual([]);
    expect(await finds('กรุงเทพ')).toEqual([bangkok]);
  });

  test('the last word may be a beginning of three letters, none before it', async () => {
    const id = await open('Zeppelin moored');
    expect([await finds('zep'), await finds('moored zepp'), await finds('zeppelin or balloo')]).toEqual([
      [id],
      [id],
      [id],
    ]);
    expect([
      await finds('ze'),
      await finds('zepp moored'),
      await finds('"zepp"'),
      await finds('zeppelin -moor'),
    ]).toEqual([[], [], [], [id]]);
  });

  test('words of the subject and of several messages match together, phrases and exclusions as written', async () => {
    const id = await open('Wombat invoice');
    await say(id, 'The quokka is late.');
    await say(id, 'And the numbat is lost.');
    expect(await finds('wombat quokka numbat')).toEqual([id]);
    expect(await finds('"quokka is" wombat')).toEqual([id]);
    expect(await finds('"is quokka"')).toEqual([]);
    expect(await finds('quokka -numbat')).toEqual([]);
    expect(await finds('quokka or nothinglikethis')).toEqual([id]);
  });

  test('a number comes first, with or without its sign, and once; an address finds what its owner asked', async () => {
    const older = ok(await desk.owner.post('/tickets', { subject: 'First of all' }));
    const naming = await open(`Again about ${older.number}`);
    expect(await finds(`#${older.number}`)).toEqual([older.id, naming]);
    expect(await finds(String(older.number))).toEqual([older.id, naming]);
    const paged = ok(await desk.owner.get(`/tickets?q=${older.number}&limit=1`));
    expect([ids(paged.data), paged.page.hasMore]).toEqual([[older.id], true]);
    const rest = ok(await desk.owner.get(`/tickets?q=${older.number}&limit=1&cursor=${paged.page.next}`));
    expect([ids(rest.data), rest.page]).toEqual([[naming], { next: null, hasMore: false }]);

    const asked = await open('No word of it', { requester: { email: 'Grace@Customer.Test' } });
    const mentions = await open('Please tell grace@customer.test');
    expect(await finds('grace@customer.test')).toEqual([mentions, asked]);
    // Whoever may not see contacts learns no address by trying.
    const { caller } = await desk.holder(['ticket.view_all']);
    expect(await finds('grace@customer.test', caller)).toEqual([mentions]);
    expect(ids(ok(await caller.get('/tickets?requesterEmail=grace@customer.test')).data)).toEqual([]);
    expect(ids(ok(await desk.owner.get('/tickets?requesterEmail=GRACE@customer.test')).data)).toEqual([asked]);
  });
});

test('an edited, deleted or redacted message, and a former subject, are not found in the same second', async () => {
  const id = await open('Armadillo subject');
  const edited = await say(id, 'pangolin');
  const deleted = await say(id, 'axolotl');
  const redacted = await say(id, 'my card is capybara');
  expect(await finds('pangolin axolotl capybara armadillo')).toEqual([id]);
  ok(await desk.owner.patch(`/tickets/${id}/messages/${edited}`, { body: 'aardvark' }));
  expect([await finds('pangolin'), await finds('aardvark')]).toEqual([[], [id]]);
  ok(await desk.owner.delete(`/tickets/${id}/messages/${deleted}`));
  expect(await finds('axolotl')).toEqual([]);
  ok(await desk.owner.post(`/tickets/${id}/messages/${redacted}/redact`, { spans: [{ start: 11, end: 19 }] }));
  expect(await finds('capybara')).toEqual([]);
  ok(await desk.owner.patch(`/tickets/${id}`, { subject: 'Another' }));
  expect([await finds('armadillo'), await finds('another aardvark')]).toEqual([[], [id]]);
});

describe('words that are not for everybody', () => {
  test('no hit is explained only by a note or by the words of another team, nor does a snippet show one', async () => {
    const { world } = desk;
    const id = await open('Platypus', { primaryTeamId: world.teams.support });
    await say(id, 'The platypus sits publicly.');
    await say(id, 'secretnote platypus', { audience: 'internal' });
    await desk.db.query(
      `insert into ticket_shares (ticket_id, team_id, level, actor_kind) values ($1, $2, 'comment', 'system')`,
      [idToUuid(id), idToUuid(world.teams.billing)],
    );
    await say(id, 'billingonly platypus', { audience: 'shared_team', sharedTeamId: world.teams.billing });

    const reading = await desk.holder(['ticket.view_all']);
    const noting = await desk.holder(['ticket.view_team', 'ticket.comment_internal']);
    const billing = await desk.holder(['ticket.view_team', 'ticket.comment_internal']);
    const join = (teamId: Id<'team'>, principalId: Id<'prin'>) =>
      desk.db.query('insert into team_memberships (team_id, principal_id) values ($1, $2)', [
        idToUuid(teamId),
        idToUuid(principalId),
      ]);
    await join(world.teams.support, noting.member.id);
    await join(world.teams.billing, billing.member.id);

    const verdicts = async (by: Caller) => [
      (await finds('platypus', by)).length,
      (await finds('secretnote', by)).length,
      (await finds('platypus secretnote', by)).length,
      (await finds('billingonly', by)).length,
      (await search('platypus', by))[0]?.highlight?.text,
    ];
    expect(await verdicts(desk.owner)).toEqual([1, 1, 1, 1, 'billingonly platypus']);
    expect(await verdicts(noting.caller)).toEqual([1, 1, 1, 0, 'secretnote platypus']);
    expect(await verdicts(billing.caller)).toEqual([1, 1, 1, 1, 'billingonly platypus']);
    // Sees all tickets and may not read notes; all words of teams are theirs by 02.
    expect(await verdicts(reading.caller)).toEqual([1, 0, 0, 1, 'billingonly platypus']);
  });

  test('a snippet marks the words, spelled as they were', async () => {
    const id = await open('Trip');
    await say(id, `${'Much text before it. '.repeat(30)}Le CAFÉ du Nord est fermé. ${'And after it. '.repeat(30)}`);
    const [found] = await search('cafe nor');
    const { text, matches } = found.highlight;
    expect(found.id).toBe(id);
    expect(matches.map(({ from, to }: { from: number; to: number }) => text.slice(from, to))).toEqual(['CAFÉ', 'Nord']);
    expect(text.length).toBeLessThan(300);
    const plain = ok(await desk.owner.get('/tickets?limit=1')).data[0];
    expect(plain.highlight).toBeNull();
  });
});

test('filtering by a thing that one may not see is filtering by one that is not there', async () => {
  const { world } = desk;
  await open('In billing', { primaryTeamId: world.teams.billing, inboxId: world.inboxes.invoices });
  const { caller } = await desk.holder(['ticket.view_team']);
  const text = async (query: string) => JSON.stringify(ok(await caller.get(`/tickets?${query}`)));
  for (const [name, unseen, absent] of [
    ['inbox', world.inboxes.invoices, world.newId('inbox')],
    ['team', world.teams.billing, world.newId('team')],
  ] as const)
    expect(await text(`${name}=${unseen}`)).toBe(await text(`${name}=${absent}`));
});

test('fields, tags, times and the trash narrow a list, each by its own grammar', async () => {
  const { world } = desk;
  const id = await open('Narrowed', { priority: 'urgent' });
  await desk.db.query(
    `update tickets set custom_fields = '{"plan": "pro", "seats": 12, "vip": true, "areas": ["eu", "us"]}' where id = $1`,
    [idToUuid(id)],
  );
  await desk.db.query(`with tag as (insert into ticket_tags (name) values ('late') returning id)
    insert into ticket_tag_links (ticket_id, tag_id) select '${idToUuid(id)}', id from tag`);
  const list = async (query: string) => ids(ok(await desk.owner.get(`/tickets?priority=urgent&${query}`)).data);
  for (const query of [
    'field.plan=pro&field.seats=12&field.vip=true&field.areas=eu',
    'field.other=none',
    'tag=late',
    'tag=never,late',
    'notTag=never',
    'createdAt[gte]=2026-01-01T00:00:00Z&createdAt[lt]=2126-01-01T00:00:00%2B02:00',
    'slaState=none',
    'needsResponse=true',
    'statusCategory=open,pending&sort=priority',
    `status=${world.statuses.open}&channel=api,email&visibility=team`,
    'merged=false&deleted=false&organization=none',
  ])
    expect(await list(query), query).toEqual([id]);
  for (const query of [
    'field.plan=free',
    'field.seats=1',
    'notTag=late',
    'createdAt[lt]=2026-01-01T00:00:00Z',
    'merged=true',
    'deleted=true',
    'slaState=running,breached',
    'dueBefore=2126-01-01T00:00:00Z',
    'solvedAt[gt]=2026-01-01T00:00:00Z',
    'needsResponse=false',
  ])
    expect(await list(query), query).toEqual([]);
  for (const query of [
    'createdAt[gt]=yesterday',
    'priority=huge',
    'field.Plan=x',
    'tag=',
    'team=mine',
    'sort=subject',
    'scope=theirs',
    '__proto__=1',
  ])
    expect((await desk.owner.get(`/tickets?${query}`)).status, query).toBe(400);
  expect((await desk.owner.get('/tickets?sort=slaDue')).body.reason).toBe('sort_needs_active');
  await desk.db.query('update tickets set deleted_at = now() where id = $1', [idToUuid(id)]);
  expect([await list('deleted=true'), await list('deleted=false')]).toEqual([[id], []]);
  const { caller } = await desk.holder(['ticket.view_all']);
  expect(ids(ok(await caller.get('/tickets?deleted=true')).data)).toEqual([]);
});

test('a search that takes too long of the database is told so, and nothing else is', async () => {
  let slow = true;
  desk.worker.proxy.setHook(async ({ queries }): Promise<ProxyVerdict> => {
    if (!slow || !queries.some((query) => query.includes('statement_timeout'))) return 'pass';
    slow = false;
    await desk.db.query('alter table ticket_search rename to ticket_search_held');
    await desk.db.query(
      `create view ticket_search as select t.*, pg_sleep(4) is null as held from ticket_search_held t`,
    );
    return 'pass';
  });
  await open('Anything');
  const answer = await desk.owner.get('/tickets?q=anything');
  desk.worker.proxy.setHook(undefined);
  await desk.db.query('drop view ticket_search');
  await desk.db.query('alter table ticket_search_held rename to ticket_search');
  expect([answer.status, answer.body.reason]).toEqual([503, 'search_too_broad']);
});
