import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fillTables } from '#migrations/cli/fill-tables.ts';
import { withClient } from '#migrations/cli/scratch-database.ts';
import { readTableShapes } from '#migrations/cli/table-shape.ts';
import { catalogueOf } from '../support/catalogue.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

/**
 * What pg_dump writes and in its order, all of it read and executed under the empty `search_path` that a dump sets: tables
 * with defaults, generated columns and checks, then rows, then keys, indexes and triggers.
 */
const EMPTY_PATH = "select pg_catalog.set_config('search_path', '', false)";
const ROWS = 4;
const LONG_MS = 120_000;

let source: TestDatabase;
let restored: TestDatabase;

beforeAll(async () => {
  source = await createTestDatabase();
  restored = await createTestDatabase('empty');
  await withClient(source.url, (client) => fillTables(client, () => true, ROWS));
  await withClient(source.url, (from) =>
    withClient(restored.url, async (into) => {
      await from.query(EMPTY_PATH);
      await into.query(`${EMPTY_PATH}; set check_function_bodies = false`);
      for (const part of BEFORE_ROWS) await define(from, into, part);
      await copyRows(from, into);
      for (const part of AFTER_ROWS) await define(from, into, part);
    }),
  );
}, LONG_MS);
afterAll(async () => {
  await source.drop();
  await restored.drop();
});

/** Each query gives statements, in the order in which they must run. */
const BEFORE_ROWS = [
  `select pg_get_functiondef(p.oid) as statement from pg_proc p where p.pronamespace = 'public'::regnamespace order by p.oid`,
  `select format('create sequence public.%I as %s start %s increment %s', sequencename, data_type, start_value, increment_by) as statement
   from pg_sequences s where schemaname = 'public'
     and not exists (select from pg_depend d where d.objid = format('public.%I', s.sequencename)::regclass and d.deptype = 'i')`,
  `select format('create table public.%I (%s)%s', c.relname,
     concat_ws(', ', (
       select string_agg(concat_ws(' ', quote_ident(a.attname), format_type(a.atttypid, a.atttypmod),
         case when a.attidentity = 'a' then 'generated always as identity'
           when a.attgenerated = 's' then format('generated always as (%s) stored', pg_get_expr(d.adbin, d.adrelid))
           when a.attgenerated = 'v' then format('generated always as (%s) virtual', pg_get_expr(d.adbin, d.adrelid))
           when d.adbin is not null then 'default ' || pg_get_expr(d.adbin, d.adrelid) end,
         case when a.attnotnull then 'not null' end), ', ' order by a.attnum)
       from pg_attribute a left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
       where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
     ), (
       select string_agg(format('constraint %I %s', k.conname, pg_get_constraintdef(k.oid)), ', ' order by k.conname)
       from pg_constraint k where k.conrelid = c.oid and k.contype = 'c'
     )), ' with (' || array_to_string(c.reloptions, ', ') || ')') as statement
   from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' order by c.oid`,
];

const AFTER_ROWS = [
  `select format('alter table %s add constraint %I %s', k.conrelid::regclass, k.conname, pg_get_constraintdef(k.oid)) as statement
   from pg_constraint k where k.connamespace = 'public'::regnamespace and k.contype in ('p', 'u')`,
  `select pg_get_indexdef(i.indexrelid) as statement from pg_index i join pg_class c on c.oid = i.indexrelid
   where c.relnamespace = 'public'::regnamespace and not exists (select from pg_constraint k where k.conindid = i.indexrelid)`,
  `select format('alter table %s add constraint %I %s', k.conrelid::regclass, k.conname, pg_get_constraintdef(k.oid)) as statement
   from pg_constraint k where k.connamespace = 'public'::regnamespace and k.contype = 'f'`,
  `select pg_get_triggerdef(t.oid) as statement from pg_trigger t join pg_class c on c.oid = t.tgrelid
   where c.relnamespace = 'public'::regnamespace and not t.tgisinternal`,
  `select format('select pg_catalog.setval(%L, %s)', format('%I.%I', schemaname, sequencename), last_value) as statement
   from pg_sequences where schemaname = 'public' and last_value is not null`,
];

async function define(from: pg.Client, into: pg.Client, definitions: string): Promise<void> {
  const { rows } = await from.query<{ statement: string }>(definitions);
  expect(rows).not.toEqual([]);
  await into.query(rows.map(({ statement }) => statement).join(';\n'));
}

/** As text in between, which is what COPY writes. */
async function copyRows(from: pg.Client, into: pg.Client): Promise<void> {
  const { rows: tables } = await from.query<{ name: string; columns: string }>(`
    select c.relname as name, string_agg(quote_ident(a.attname), ', ' order by a.attnum) as columns
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' group by 1`);
  for (const { name, columns } of tables) {
    const { rows } = await from.query<{ rows: string }>(
      `select coalesce(json_agg(t), '[]')::text as rows from public."${name}" t`,
    );
    await into.query(
      `insert into public."${name}" (${columns}) overriding system value
       select ${columns} from json_populate_recordset(null::public."${name}", $1)`,
      [rows[0]?.rows],
    );
  }
}

/** Postgres takes needless brackets out of a check that it parses again. */
const flat = (catalogue: Record<string, string[]>) =>
  Object.fromEntries(
    Object.entries(catalogue).map(([part, lines]) => [
      part,
      lines.map((line) => line.replaceAll(/[()]/g, '')).toSorted(),
    ]),
  );

/** Rows by number and content, in no order: a restore keeps no place. */
const contentOf = (database: TestDatabase) =>
  withClient(database.url, async (client) => {
    const shapes = await readTableShapes(client);
    const sums = shapes.map(
      ({ name }) =>
        `select '${name}' as name, count(*)::int as rows, sum(hashtextextended(t::text, 0)) as digest from public."${name}" t`,
    );
    return (await client.query<{ name: string; rows: number }>(`${sums.join(' union all ')} order by 1`)).rows;
  });

/** In a session that finds nothing without its schema's name. */
const withoutPath = <T>(work: (client: pg.Client) => Promise<T>): Promise<T> =>
  withClient(restored.url, async (client) => {
    await client.query(EMPTY_PATH);
    return work(client);
  });

test('a restored database has the same columns, defaults, constraints, indexes, triggers and functions', async () => {
  expect(flat(await catalogueOf(restored))).toEqual(flat(await catalogueOf(source)));
});

test('a restored database has the same rows, generated columns included', async () => {
  const content = await contentOf(source);
  expect(content.filter(({ rows }) => rows > 0).length).toBeGreaterThan(80);
  expect(await contentOf(restored)).toEqual(content);
});

test('its defaults, generated columns, checks and expression indexes work without a search path', async () => {
  await withoutPath(async (client) => {
    const made = await client.query(`
      with c as (
        insert into public.contacts (name, sort_name, search_text) values ('Zoë', public.fold('Zoë'), 'zoe') returning id
      ) insert into public.tickets (number, subject, channel, status_id, status_category, requester_contact_id, last_activity_at, last_public_at)
        select 900001, 'Restored', 'api', s.id, 'open', c.id, now(), now() from c, public.ticket_statuses s
        where s.category = 'open' and s.is_default and s.deleted_at is null
        returning is_active, uuid_extract_version(id) as version, revision`);
    expect(made.rows).toEqual([{ is_active: true, version: 7, revision: 1 }]);
    await client.query('set enable_seqscan = off');
    const found = await client.query("select name from public.contacts where public.search_doc(search_text) @@ 'zoe'");
    expect(found.rows).toContainEqual({ name: 'Zoë' });
    await expect(client.query("update public.teams set slug = 'Not A Slug'")).rejects.toMatchObject({ code: '23514' });
  });
});

test('its history is shut, and opens for retention alone', async () => {
  await withoutPath(async (client) => {
    await expect(client.query("update public.events set type = 'x.y'")).rejects.toMatchObject({ code: '42501' });
    await expect(client.query('truncate public.audit_events cascade')).rejects.toMatchObject({ code: '42501' });
    await client.query("select public.purge_rows('webhook_deliveries', now() - interval '7 days', 100)");
    const ids = await client.query(
      "select public.hash_id('x'), public.to_typeid('tkt', public.from_typeid('tkt_00000000000000000000000001', 'tkt'))",
    );
    expect(ids.rows[0]).toMatchObject({ to_typeid: 'tkt_00000000000000000000000001' });
  });
});
