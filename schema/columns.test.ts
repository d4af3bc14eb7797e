import { pgTable } from 'drizzle-orm/pg-core';
import { drizzle } from 'drizzle-orm/pg-proxy';
import { describe, expect, it } from 'vitest';
import { id, idArray, instant, pk } from './columns.ts';
import { type Id, idToUuid, uuidToId } from './ids.ts';

const UUID = '01890a5d-ac96-774b-bcce-b302099a8057';
const OTHER = '01890a5d-ac96-774b-bcce-b302099a8058';
const person = uuidToId('prin', UUID);
const team = uuidToId('team', UUID);

const watches = pgTable('watches', {
  id: pk('tsub'),
  principalId: id('prin').notNull(),
  teamIds: idArray('team'),
  at: instant(),
});

/** A database that keeps what it was sent and answers with the given rows. */
function recorder(rows: unknown[][] = []) {
  const sent: unknown[][] = [];
  const db = drizzle(
    async (_, params) => {
      sent.push(params);
      return { rows };
    },
    { casing: 'snake_case' },
  );
  return { db, sent };
}

/** What only a bug can bring to a column: text that the types would refuse. */
const asPrincipal = (text: string): Id<'prin'> => text as Id<'prin'>;

describe('an id column', () => {
  it('sends the uuid of its own kind', async () => {
    const { db, sent } = recorder();
    await db.insert(watches).values({ principalId: person, teamIds: [team, uuidToId('team', OTHER)] });
    expect(sent).toEqual([[UUID, `{${UUID},${OTHER}}`]]);
  });

  it.each([
    ['a user id', uuidToId('user', UUID)],
    ['a raw uuid', UUID],
    ['an empty string', ''],
    ['an id in upper case', person.toUpperCase()],
  ])('throws before SQL is sent when it is given %s', async (_, text) => {
    const { db, sent } = recorder();
    await expect(async () => db.insert(watches).values({ principalId: asPrincipal(text) })).rejects.toThrow(TypeError);
    expect(sent).toEqual([]);
  });

  it('throws before SQL is sent when one element of a list is of another kind', async () => {
    const { db, sent } = recorder();
    const teamIds = [team, asPrincipal(person) as string as Id<'team'>];
    await expect(async () => db.insert(watches).values({ principalId: person, teamIds })).rejects.toThrow(TypeError);
    expect(sent).toEqual([]);
  });

  it('reads a uuid, or an array of them, as ids of its kind', async () => {
    const row = [UUID, UUID, `{${UUID},${OTHER}}`, '2026-11-25T10:00:00.123Z'];
    const [found] = await recorder([row]).db.select().from(watches);
    expect(found?.principalId).toBe(person);
    expect(found?.teamIds).toEqual([team, uuidToId('team', OTHER)]);
    expect(found?.id.startsWith('tsub_')).toBe(true);
    expect(idToUuid(person)).toBe(UUID);
  });

  it('reads an empty array, and refuses what is no uuid', async () => {
    const [found] = await recorder([[UUID, UUID, '{}', null]])
      .db.select()
      .from(watches);
    expect(found?.teamIds).toEqual([]);
    await expect(
      recorder([[UUID, person, null, null]])
        .db.select()
        .from(watches),
    ).rejects.toThrow(TypeError);
  });
});
