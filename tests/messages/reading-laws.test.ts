import { sql } from 'drizzle-orm';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { idToUuid } from '#schema/ids.ts';
import { authorityQuery } from '#services/access/authority.ts';
import { authorityCte } from '#services/access/authority-sql.ts';
import { ticketDenial } from '#services/access/can.ts';
import { parseApiKey } from '#services/access/credential.ts';
import { PERMISSION_KEYS } from '#services/access/permissions.ts';
import { commentsOn, type MessageFacts, readableMessage, readsMessage } from '#services/access/reads-message.ts';
import { visible } from '#services/access/visible.ts';
import { rows } from '#services/kernel/query.ts';
import { accessWorld } from '#tests/support/access-worlds.ts';
import { type BuiltWorld, buildAccessWorld } from '#tests/support/build-access-world.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { testKernel } from '#tests/support/kernel.ts';
import { createWorld, type World } from '#tests/support/world.ts';

const NOW = new Date();

let db: TestDatabase;
let world: World;
beforeAll(async () => {
  db = await createTestDatabase();
  world = await createWorld(db);
});
afterAll(() => db.drop());

interface Verdict extends Record<string, unknown> {
  ticket: string;
  kind: number;
  notes: boolean;
  reads: boolean;
}

/** A message of every kind that reading tells apart, with words for a team of the generated workspace. */
function messagesFor({ tickets, people }: BuiltWorld): MessageFacts[] {
  const team = tickets.map(({ facts }) => facts.primaryTeamId ?? facts.assigneeTeamId).find((id) => id !== null);
  const nobody = { sharedTeamId: null, authorPrincipalId: null };
  const shared = { audience: 'shared_team', sharedTeamId: team ?? world.teams.support } as const;
  return [
    { audience: 'public', ...nobody },
    { audience: 'internal', ...nobody },
    { ...shared, authorPrincipalId: null },
    { ...shared, authorPrincipalId: people[0]?.id ?? null },
  ];
}

/** What SQL says of every message on every ticket, beside the authority by which the code decides. */
async function verdictsOf(token: string, built: BuiltWorld, messages: readonly MessageFacts[]) {
  const credential = parseApiKey(token, null);
  if (credential === undefined) throw new TypeError('a test key parses');
  const kinds = messages.map(({ audience, sharedTeamId, authorPrincipalId }, kind) => ({
    kind,
    audience,
    shared_team_id: sharedTeamId === null ? null : idToUuid(sharedTeamId),
    author_principal_id: authorPrincipalId === null ? null : idToUuid(authorPrincipalId),
  }));
  const query = rows<Verdict>(sql`with ${authorityCte(credential, NOW)}
    select public.to_typeid('tkt', tickets.id) as ticket, m.kind, coalesce(${commentsOn()}, false) as notes,
      coalesce(${visible()} and ${readableMessage(commentsOn())}, false) as reads
    from tickets
      cross join jsonb_to_recordset(${JSON.stringify(kinds)}::jsonb)
        as m (kind int, audience text, shared_team_id uuid, author_principal_id uuid)
    where tickets.id in ${built.tickets.map(({ id }) => sql`${idToUuid(id)}::uuid`)}`);
  const [found, verdicts] = await testKernel(db.url, NOW).db.batch([authorityQuery(credential, NOW), query] as const, {
    kind: 'load',
  });
  return { authority: found === undefined || 'refusal' in found ? undefined : found, verdicts };
}

test('a thread shows exactly the messages that a single read allows, in any workspace', async () => {
  let read = 0;
  await fc.assert(
    fc.asyncProperty(accessWorld, async (plan) => {
      const built = await buildAccessWorld(world, plan);
      const messages = messagesFor(built);
      const personal = await Promise.all(built.people.map((creator) => world.keyFor(PERMISSION_KEYS, { creator })));
      for (const { token } of [...built.keys.map(({ key }) => key), ...personal]) {
        const { authority, verdicts } = await verdictsOf(token, built, messages);
        expect(verdicts).toHaveLength(built.tickets.length * messages.length);
        for (const { ticket: id, kind, notes, reads } of verdicts) {
          const ticket = built.tickets.find((each) => each.id === id);
          const message = messages[kind];
          if (ticket === undefined || message === undefined) throw new TypeError('an answer about nothing asked');
          const why = JSON.stringify([message, ticket.facts]);
          const byCode = authority !== undefined && !ticket.deleted && readsMessage(authority, ticket.facts, message);
          expect(reads, why).toBe(byCode);
          const denied = authority === undefined || ticketDenial(authority, 'ticket.comment_internal', ticket.facts);
          expect(notes, why).toBe(denied === undefined);
          if (reads) read += 1;
        }
      }
    }),
    { numRuns: 12, endOnFailure: true },
  );
  expect(read).toBeGreaterThan(0);
}, 180_000);
