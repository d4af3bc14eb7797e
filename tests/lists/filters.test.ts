import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TicketFilter, ticketFilterQuery } from '#schema/api/ticket-filter.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { PERMISSION_KEYS } from '#services/access/permissions.ts';
import { getTicket } from '#services/tickets/get-ticket.ts';
import { listTickets } from '#services/tickets/list-tickets.ts';
import { accessWorld } from '#tests/support/access-worlds.ts';
import { askVerb } from '#tests/support/ask-verb.ts';
import { type BuiltWorld, buildAccessWorld } from '#tests/support/build-access-world.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { createWorld, type World } from '#tests/support/world.ts';

const HOUR_MS = 3_600_000;
const BEGAN = Date.parse('2026-03-01T00:00:00.000Z');
const hour = (n: number) => new Date(BEGAN + n * HOUR_MS).toISOString();

let db: TestDatabase;
let world: World;
let built: BuiltWorld;
let things: { org: Id<'org'>; tag: Id<'ttag'>; contact: { id: Id<'contact'>; email: string } };
/** Each live ticket as it is stored, with what hangs on it. */
let rows: Row[];

interface Row {
  id: Id<'tkt'>;
  n: number;
  statusCategory: string;
  priority: string;
  channel: string;
  orgId: string | null;
  contactId: string | null;
  tags: string[];
  customFields: Record<string, unknown>;
  createdAt: string;
  activityAt: string;
  solvedAt: string | null;
  waits: boolean;
  dueAt: string | null;
  sla: string[];
  merged: boolean;
}

beforeAll(async () => {
  db = await createTestDatabase();
  world = await createWorld(db);
  const [plan] = fc.sample(accessWorld, 1);
  built = await buildAccessWorld(world, plan as never);
  things = { org: world.newId('org'), tag: world.newId('ttag'), contact: await world.contact('Ada Park') };
  await db.query(`insert into organizations (id, name, sort_name) values ($1, 'Acme', 'acme')`, [idToUuid(things.org)]);
  await db.query(`insert into ticket_tags (id, name) values ($1, 'vip')`, [idToUuid(things.tag)]);
  const ids = built.tickets.map(({ id }) => idToUuid(id));
  // Every value has tickets, by the remainders of their place, whatever else they are.
  await db.query(
    `update tickets t set priority = (array['low', 'normal', 'high', 'urgent'])[1 + n % 4], channel = (array['api', 'email', 'widget'])[1 + n % 3],
       status_id = s.id, status_category = s.category, solved_at = case when s.category in ('solved', 'closed') then at end,
       closed_at = case when s.category = 'closed' then at end, customer_waiting_since = case when n % 2 = 0 then at end,
       organization_id = case when n % 3 = 0 then $2::uuid end,
       requester_contact_id = case when n % 4 = 0 then $3::uuid when n % 4 = 1 then t.requester_contact_id end,
       custom_fields = case n % 3 when 0 then '{"plan": "pro", "seats": 3}' when 1 then '{"plan": "free"}' else '{}' end::jsonb,
       created_at = at, last_activity_at = at + interval '1 hour', sla_next_due_at = case when n % 5 = 0 then at end
     from unnest($1::uuid[]) with ordinality as a (id, n) cross join lateral (select timestamptz '2026-03-01Z' + make_interval(hours => n::int) as at) moment
       join (select id, category, row_number() over (order by category) - 1 as place from ticket_statuses where is_default) s on s.place = n % 5
     where t.id = a.id`,
    [ids, idToUuid(things.org), idToUuid(things.contact.id)],
  );
  await db.query(
    `insert into ticket_tag_links (ticket_id, tag_id) select id, $2 from unnest($1::uuid[]) with ordinality as a (id, n) where n % 2 = 1`,
    [ids, idToUuid(things.tag)],
  );
  await db.query(
    `with policy as (insert into sla_policies (name, position) values ('Standard', 0) returning id)
     insert into ticket_sla_clocks (ticket_id, track, metric, cycle, state, policy_id, policy_version, config_revision, target_seconds, combine,
       pause_rule, reopen_mode, started_at, segment_started_at, due_at, breached_at, calc_version, inputs_hash)
     select a.id, 'customer', 'first_response', 1, case when n % 3 = 0 then 'running' else 'paused' end, p.id, 1, 1, 3600, 'any',
       '{"categories": [], "statusIds": []}', 'continue', now(), case when n % 3 = 0 then now() end, case when n % 3 = 0 then now() end,
       case when n % 6 = 0 then now() end, 1, sha256('x')
     from policy p cross join unnest($1::uuid[]) with ordinality as a (id, n) where n % 3 < 2`,
    [ids],
  );
  await db.query(
    `update tickets set merged_into_id = $2, merged_at = now() where status_category = 'closed' and id = any ($1) and id <> $2 and id in (
       select id from unnest($1::uuid[]) with ordinality as a (id, n) where n % 2 = 0)`,
    [ids, ids[0]],
  );
  rows = await db.query<Row & Record<string, unknown>>(
    `select to_typeid('tkt', t.id) as id, n::int, status_category as "statusCategory", priority, channel, to_typeid('org', organization_id) as "orgId",
       to_typeid('contact', requester_contact_id) as "contactId", custom_fields as "customFields", customer_waiting_since is not null and is_active as waits,
       to_json(created_at at time zone 'UTC')#>>'{}' || 'Z' as "createdAt", to_json(last_activity_at at time zone 'UTC')#>>'{}' || 'Z' as "activityAt",
       to_json(solved_at at time zone 'UTC')#>>'{}' || 'Z' as "solvedAt", to_json(sla_next_due_at at time zone 'UTC')#>>'{}' || 'Z' as "dueAt",
       array(select g.name from ticket_tag_links l join ticket_tags g on g.id = l.tag_id where l.ticket_id = t.id) as tags,
       array(select state || case when breached_at is null then '' else ' breached' end from ticket_sla_clocks k where k.ticket_id = t.id) as sla,
       merged_into_id is not null as merged
     from tickets t join unnest($1::uuid[]) with ordinality as a (id, n) on a.id = t.id`,
    [ids],
  );
}, 60_000);
afterAll(() => db.drop());

type Case = [filter: Record<string, unknown>, holds: (row: Row) => boolean];
const since = (text: string | null, at: string, op: (a: number, b: number) => boolean): boolean =>
  text !== null && op(Date.parse(text), Date.parse(at));
const within = (name: 'createdAt' | 'activityAt' | 'solvedAt'): Case[] => [
  [{ [`${name}[gte]`]: hour(9) }, (row) => since(row[name], hour(9), (a, b) => a >= b)],
  [{ [`${name}[gt]`]: hour(9) }, (row) => since(row[name], hour(9), (a, b) => a > b)],
  [{ [`${name}[lte]`]: hour(9) }, (row) => since(row[name], hour(9), (a, b) => a <= b)],
  [{ [`${name}[lt]`]: hour(9) }, (row) => since(row[name], hour(9), (a, b) => a < b)],
];
const running = ({ sla }: Row) => sla.some((state) => state.startsWith('running'));

/** Every filter that is not of teams, people and places, which `sight.test.ts` holds. */
const cases = (): Case[] => [
  [{ statusCategory: ['solved', 'pending'] }, (row) => ['solved', 'pending'].includes(row.statusCategory)],
  [{ status: [world.statuses.on_hold] }, (row) => row.statusCategory === 'on_hold'],
  [{ priority: ['urgent', 'low'] }, (row) => ['urgent', 'low'].includes(row.priority)],
  [{ channel: ['email'] }, (row) => row.channel === 'email'],
  [{ organization: [things.org] }, (row) => row.orgId === things.org],
  [{ organization: ['none', things.org] }, () => true],
  [{ requester: [things.contact.id] }, (row) => row.contactId === things.contact.id],
  [{ requester: ['none'] }, (row) => row.contactId === null],
  [{ tag: ['vip'] }, (row) => row.tags.includes('vip')],
  [{ tag: [things.tag] }, (row) => row.tags.includes('vip')],
  [{ tag: ['vip', 'unheard-of'] }, (row) => row.tags.includes('vip')],
  [{ tag: ['unheard-of'] }, () => false],
  [{ notTag: [things.tag] }, (row) => !row.tags.includes('vip')],
  ...within('createdAt'),
  ...within('activityAt'),
  ...within('solvedAt'),
  [{ needsResponse: true }, (row) => row.waits],
  [{ needsResponse: false }, (row) => !row.waits],
  [{ slaState: ['breached'] }, (row) => row.sla.some((state) => state.endsWith('breached'))],
  [{ slaState: ['running'] }, running],
  [{ slaState: ['paused'] }, (row) => row.sla.includes('paused') && !running(row)],
  [{ slaState: ['none'] }, (row) => row.sla.length === 0],
  [{ dueBefore: hour(12) }, (row) => since(row.dueAt, hour(12), (a, b) => a < b)],
  [{ 'field.plan': 'pro' }, (row) => row.customFields.plan === 'pro'],
  [{ 'field.seats': '3' }, (row) => row.customFields.seats === 3],
  [{ 'field.plan': 'none' }, (row) => !('plan' in row.customFields)],
  [
    { priority: ['high'], tag: ['vip'], 'createdAt[gt]': hour(3) },
    (row) => row.priority === 'high' && row.tags.includes('vip') && since(row.createdAt, hour(3), (a, b) => a > b),
  ],
  [{ requesterEmail: 'nobody@customer.test' }, () => false],
];

const found = async (token: string, filter: Record<string, unknown>): Promise<string> => {
  const input = { filter: { sort: '-lastActivity', ...filter } as TicketFilter, limit: 200, cursor: undefined };
  const { output } = await askVerb(db.url, token, listTickets, input);
  return named(output.data.map(({ id }) => id));
};
const named = (ids: readonly string[]): string =>
  rows
    .filter(({ id }) => ids.includes(id))
    .map(({ n }) => n)
    .toSorted((a, b) => a - b)
    .join();

test('by every filter a list holds what can be read and is so, and nothing else', async () => {
  const keys = await Promise.all(built.people.map((creator) => world.keyFor(PERMISSION_KEYS, { creator })));
  let seen = 0;
  for (const { token } of [...keys, await world.keyFor(PERMISSION_KEYS), ...built.keys.map(({ key }) => key)]) {
    const readable: Row[] = [];
    for (const row of rows)
      await askVerb(db.url, token, getTicket, { ticketId: row.id }).then(
        () => readable.push(row),
        () => undefined,
      );
    if (readable.length === 0) continue;
    seen += readable.length;
    const expected = (holds: (row: Row) => boolean) => named(readable.filter(holds).map(({ id }) => id));
    for (const [filter, holds] of cases())
      expect(await found(token, filter), JSON.stringify(filter)).toBe(expected((row) => !row.merged && holds(row)));
    expect(await found(token, { merged: true })).toBe(expected(({ merged }) => merged));
    expect(await found(token, { merged: 'any' })).toBe(expected(() => true));
  }
  expect(seen).toBeGreaterThan(20);
  // The owner may ask by address.
  const { token } = await world.keyFor(PERMISSION_KEYS);
  expect(await found(token, { requesterEmail: things.contact.email.toUpperCase() })).toBe(
    named(
      rows
        .filter(
          (row) =>
            !row.merged &&
            row.contactId === things.contact.id &&
            built.tickets.some(({ id, deleted }) => id === row.id && !deleted),
        )
        .map(({ id }) => id),
    ),
  );
}, 200_000);

test('no filter is left out of these laws', () => {
  const elsewhere = ['scope', 'sort', 'q', 'assignee', 'team', 'inbox', 'visibility', 'deleted', 'merged'];
  const tried = new Set([...elsewhere, ...cases().flatMap(([filter]) => Object.keys(filter))]);
  expect(Object.keys(ticketFilterQuery({}).shape).filter((name) => !tried.has(name))).toEqual([]);
});
