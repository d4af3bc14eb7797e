import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());

const guarded = (slug: string, revision: number) =>
  `with w as (update teams set revision = revision + 1 where slug = '${slug}' and revision = ${revision} returning 1)
   select require_rows((select count(*) from w), 1, 'team')`;

it('a failed guard in the tenth statement of a batch rolls back the nine before', async () => {
  const statements = Array.from({ length: 9 }, (_, n) => `insert into teams (slug, name) values ('t-${n}', 'T')`);
  const batch = ['begin', ...statements, guarded('t-0', 7), 'commit'].join(';\n');
  const client = await db.connect();
  try {
    await expect(client.query(batch)).rejects.toMatchObject({ code: '40001', message: 'stale team' });
    await client.query('rollback');
  } finally {
    client.release();
  }
  expect(await db.query('select slug from teams')).toEqual([]);
});

it('of two guarded updates of one revision one wins, also when the second waited for the lock', async () => {
  await db.query("insert into teams (slug, name) values ('race', 'Race')");
  const [first, second] = [await db.connect(), await db.connect()];
  try {
    await first.query('begin');
    await first.query(guarded('race', 1));
    const waiting = expect(second.query(guarded('race', 1))).rejects.toMatchObject({ code: '40001' });
    await first.query('commit');
    await waiting;
  } finally {
    first.release();
    second.release();
  }
  expect(await db.query("select revision from teams where slug = 'race'")).toEqual([{ revision: 2 }]);
});

it('no count at all is no hit', async () => {
  await expect(db.query("select require_rows(null, 1, 'team')")).rejects.toMatchObject({ code: '40001' });
});
