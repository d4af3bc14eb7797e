import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { withClient } from '#migrations/cli/scratch-database.ts';
import { RETENTION } from '#schema/retention.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { INDEX_READERS } from './index-readers.ts';

/** A non-unique index. Parts are columns or expressions as SQL. */
interface PlainIndex extends pg.QueryResultRow {
  name: string;
  table: string;
  predicate: string | null;
  parts: { text: string; type: string; descends: boolean; family: string }[];
  /** Its columns are those of a foreign key, and it covers every row that points. */
  servesKey: boolean;
}

let database: TestDatabase;
let plain: PlainIndex[];

beforeAll(async () => {
  database = await createTestDatabase();
  plain = await database.query<PlainIndex>(PLAIN_INDEXES);
});
afterAll(() => database.drop());

const retained = Object.entries(RETENTION).flatMap(([table, rule]) =>
  rule === 'kept' ? [] : [rule, ...(rule.also === undefined ? [] : [rule.also])].map((part) => ({ table, ...part })),
);

test('every plain index serves a foreign key, the retention job, or a reader that is named', () => {
  const unowned = plain
    .filter(({ servesKey }) => !servesKey)
    .filter(({ table, parts }) => !retained.some((rule) => rule.table === table && rule.column === parts[0]?.text))
    .map(({ name }) => name);
  expect(Object.keys(INDEX_READERS).toSorted()).toEqual(unowned);
});

test('the query that an index is there for is planned through that very index', async () => {
  const passedOver = await explained(async (planOf, client) => {
    const found: unknown[] = [];
    for (const index of plain.filter(({ servesKey }) => !servesKey)) {
      const query = queryFor(index);
      await client.query('begin');
      // On an empty table a walk through any index is cheaper than the bitmap of a GIN.
      if (index.parts[0]?.family !== 'btree') await client.query(WITHOUT_BTREES, [index.table]);
      const used = await planOf(query);
      await client.query('rollback');
      if (!used.includes(`"${index.name}"`)) found.push({ index: index.name, query });
    }
    return found;
  });
  expect(plain.length).toBeGreaterThan(200);
  expect(passedOver).toEqual([]);
});

test('retention walks an index from the oldest row on, and neither reads nor sorts the table', async () => {
  const bare = await explained(async (planOf, client) => {
    await client.query('set enable_sort = off; set enable_bitmapscan = off');
    const found: unknown[] = [];
    for (const { table, column, predicate = 'true' } of retained) {
      // As `purge_rows` asks.
      const plan = await planOf(
        `select t.ctid from public.${table} t where t.${column} < now() and (${predicate.replaceAll('$1', 'now()')})
         order by t.${column} limit 5000 for update skip locked`,
      );
      if (plan.includes('"Sort"') || !new RegExp(`"Index Cond":"[^"]*\\b${column} < now`).test(plan))
        found.push(`${table}.${column}`);
    }
    return found;
  });
  expect(retained.length).toBeGreaterThan(15);
  expect(bare).toEqual([]);
});

type PlanOf = (query: string) => Promise<string>;

/** Tables are empty here, so the planner is told that reading one whole is out of the question. */
const explained = <T>(work: (planOf: PlanOf, client: pg.Client) => Promise<T>): Promise<T> =>
  withClient(database.url, async (client) => {
    await client.query('set enable_seqscan = off');
    return work(async (query) => {
      const { rows } = await client.query<{ 'QUERY PLAN': unknown }>(`explain (format json) ${query}`);
      return JSON.stringify(rows[0]?.['QUERY PLAN']);
    }, client);
  });

/** What sorts rather than selects. */
const ORDERING = /^(timestamp|bigint|integer|date)/;

/** Equality on the leading columns, the predicate, and the order of the rest: the shape that the index was made for. */
function queryFor({ table, predicate, parts }: PlainIndex): string {
  const family = parts[0]?.family;
  const tie = parts.length - 1;
  const isOrder = ({ text, type, descends }: PlainIndex['parts'][number], place: number): boolean =>
    descends ||
    (family === 'btree' && ORDERING.test(type)) ||
    (text === 'id' && place === tie) ||
    (type === 'text' && place === tie - 1 && parts[tie]?.text === 'id');
  const first = parts.findIndex(isOrder);
  const leading = first === -1 ? parts : parts.slice(0, first);
  const ordering = first === -1 ? [] : parts.slice(first);
  const where = [
    ...(predicate === null ? [] : [predicate]),
    // A value that the predicate fixes cannot be another one.
    ...leading
      .filter(({ text }) => predicate === null || !predicate.includes(`(${text} = '`))
      .map(({ text, type }) => (family === 'btree' ? `${text} = ${sample(type)}` : matching(text, family))),
  ];
  const [start] = ordering;
  if (where.length === 0 && start !== undefined) where.push(`${start.text} > ${sample(start.type)}`);
  const order = ordering.map(({ text, descends }) => (descends ? `${text} desc` : text)).join(', ');
  return `select * from public."${table}" where ${where.join(' and ')}${order === '' ? '' : ` order by ${order}`} limit 50`;
}

const matching = (text: string, family: string | undefined): string =>
  family === 'jsonb_path_ops' ? `${text} @> '{"a": 1}'` : `${text} @@ 'word:*'::tsquery`;

const SAMPLES: Readonly<Record<string, string>> = {
  uuid: "'019ab000-0000-7000-8000-000000000001'::uuid",
  boolean: 'true',
  text: "'word'::text",
  'timestamp with time zone': 'now()',
};

const sample = (type: string): string => SAMPLES[type] ?? `7::${type}`;

const WITHOUT_BTREES = `
  update pg_index i set indisvalid = false from pg_class c join pg_am m on m.oid = c.relam
  where c.oid = i.indexrelid and i.indrelid = $1::regclass and m.amname = 'btree'`;

const PLAIN_INDEXES = `
  select c.relname as name, t.relname as table, pg_get_expr(i.indpred, i.indrelid) as predicate,
    (select json_agg(json_build_object(
        'text', pg_get_indexdef(i.indexrelid, k.place::int, false), 'type', format_type(a.atttypid, null),
        'descends', i.indoption[k.place - 1] & 1 = 1,
        'family', case m.amname when 'btree' then 'btree' else o.opcname end) order by k.place)
      from unnest(i.indclass::oid[]) with ordinality k (class, place)
      join pg_opclass o on o.oid = k.class
      join pg_attribute a on a.attrelid = i.indexrelid and a.attnum = k.place) as parts,
    exists (select from pg_constraint f where f.contype = 'f' and f.conrelid = i.indrelid
      and f.conkey @> i.indkey::int2[] and f.conkey <@ i.indkey::int2[]
      and (i.indpred is null or pg_get_expr(i.indpred, i.indrelid) = any (
        select format('(%I IS NOT NULL)', a.attname) from pg_attribute a where a.attrelid = f.conrelid and a.attnum = any (f.conkey)))
    ) as "servesKey"
  from pg_index i join pg_class c on c.oid = i.indexrelid join pg_class t on t.oid = i.indrelid join pg_am m on m.oid = c.relam
  where c.relnamespace = 'public'::regnamespace and not i.indisunique order by c.relname collate "C"`;
