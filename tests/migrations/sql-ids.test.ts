import { existsSync, readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createIdSource } from '#schema/id-source.ts';
import { hashId, idToUuid, newId } from '#schema/ids.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';

const VECTORS = new URL('../../../shared/data/typeid/', import.meta.url);
const UNIT_SEPARATOR = '\u001f';
const MALFORMED = { code: '22P02' };

interface Vector {
  name: string;
  typeid: string;
  prefix: string;
  uuid: string;
}

const vectors = <T>(file: string): T[] => JSON.parse(readFileSync(new URL(file, VECTORS), 'utf8'));

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());

const one = async (sql: string, params: unknown[]): Promise<unknown> => {
  const [row] = await db.query(sql, params);
  return Object.values(row ?? {})[0];
};

describe.skipIf(!existsSync(VECTORS))('the official TypeID vectors, in SQL', () => {
  const valid = existsSync(VECTORS) ? vectors<Vector>('valid.json') : [];
  const invalid = existsSync(VECTORS) ? vectors<Pick<Vector, 'name' | 'typeid'>>('invalid.json') : [];

  it.each(valid)('maps $name both ways', async ({ typeid, prefix, uuid }) => {
    expect(await one('select to_typeid($1, $2)', [prefix, uuid])).toBe(typeid);
    expect(await one('select from_typeid($1, $2)', [typeid, prefix])).toBe(uuid);
  });

  it.each(invalid)('refuses $name', async ({ typeid }) => {
    const prefix = typeid.slice(0, Math.max(0, typeid.lastIndexOf('_')));
    await expect(db.query('select from_typeid($1, $2)', [typeid, prefix])).rejects.toMatchObject(MALFORMED);
    await expect(db.query('select from_typeid($1, $2)', [typeid, 'prefix'])).rejects.toMatchObject(MALFORMED);
  });
});

describe('ids in SQL', () => {
  it('refuse another prefix, also one that the other begins with', async () => {
    const rule = newId(createIdSource({ now: () => 1_764_000_000_000, random: (bytes) => bytes.fill(7) }), 'aud_rule');
    expect(await one('select from_typeid($1, $2)', [rule, 'aud_rule'])).toBe(idToUuid(rule));
    await expect(db.query('select from_typeid($1, $2)', [rule, 'aud'])).rejects.toMatchObject(MALFORMED);
  });

  it('say nothing about null', async () => {
    expect(await one('select to_typeid($1, null)', ['tkt'])).toBeNull();
  });

  it('sort in the order in which one statement inserted them', async () => {
    await db.query(`insert into teams (slug, name) select 'team-' || n, 'Team ' || n from generate_series(1, 20000) n`);
    const [row] = await db.query<{ disordered: string }>(
      `select count(*) as disordered from (
         select split_part(slug, '-', 2)::int as n, row_number() over (order by id) as place from teams
       ) t where n <> place`,
    );
    expect(row?.disordered).toBe('0');
  });

  it('hash as in TypeScript, whatever the parts, and differently for other boundaries', async () => {
    const part = fc
      .string({ unit: 'grapheme', maxLength: 12 })
      .filter((text) => !text.includes('\0') && !text.includes(UNIT_SEPARATOR) && text.isWellFormed());
    const lists = fc.sample(fc.array(part, { minLength: 1, maxLength: 5 }), 1000);
    const rows = await db.query<{ id: string }>(
      'select hash_id(t) as id from unnest($1::text[]) with ordinality as l (t, n) order by n',
      [lists.map((parts) => ['dlv', ...parts].join(UNIT_SEPARATOR))],
    );
    expect(rows.map(({ id }) => id)).toEqual(lists.map((parts) => idToUuid(hashId('dlv', parts))));
    expect(hashId('dlv', ['ab', 'c'])).not.toBe(hashId('dlv', ['a', 'bc']));
  });
});
