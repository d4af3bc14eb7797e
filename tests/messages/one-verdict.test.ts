import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { idToUuid } from '#schema/ids.ts';
import { type Authority, authorityQuery } from '#services/access/authority.ts';
import { parseApiKey } from '#services/access/credential.ts';
import { PERMISSION_KEYS } from '#services/access/permissions.ts';
import { type MessageFacts, readsMessage } from '#services/access/reads-message.ts';
import { type AccessDesk, type Caller, openAccessDesk } from '#tests/support/access-desk.ts';
import { accessWorld } from '#tests/support/access-worlds.ts';
import { type BuiltTicket, type BuiltWorld, buildAccessWorld } from '#tests/support/build-access-world.ts';
import { upload } from '#tests/support/files.ts';
import { testKernel } from '#tests/support/kernel.ts';

/** Of thirty in a generated workspace, so many get words. */
const TICKETS = 4;

let desk: AccessDesk;
beforeAll(async () => {
  desk = await openAccessDesk();
});
afterAll(() => desk.close());

interface Said {
  id: string;
  ticket: BuiltTicket;
  facts: MessageFacts;
  /** Stands in this message and nowhere else. */
  word: string;
  fileId: string;
}

let count = 0;
async function say(ticket: BuiltTicket, facts: MessageFacts): Promise<Said> {
  count += 1;
  const word = `zq${count.toString(36).padStart(6, '0')}`;
  const fileId = (await upload(desk.worker, desk.owner.token, `bytes of ${word}`)).body.id;
  const { audience, sharedTeamId } = facts;
  const body = { body: `Now ${word}.`, audience, attachmentIds: [fileId], ...(sharedTeamId && { sharedTeamId }) };
  const answer = await desk.owner.post(`/tickets/${ticket.id}/messages`, body);
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  const { id } = answer.body.message;
  await desk.db.query('update ticket_messages set author_principal_id = $2 where id = $1', [
    idToUuid(id),
    facts.authorPrincipalId === null ? null : idToUuid(facts.authorPrincipalId),
  ]);
  return { id, ticket, facts, word, fileId };
}

/** Messages of every kind on tickets of every kind, those in the trash too. */
async function sayAll({ tickets, people }: BuiltWorld): Promise<Said[]> {
  const said: Said[] = [];
  const nobody = { sharedTeamId: null, authorPrincipalId: null };
  for (const ticket of tickets.slice(0, TICKETS)) {
    await desk.db.query('update tickets set deleted_at = null where id = $1', [idToUuid(ticket.id)]);
    const team = ticket.facts.primaryTeamId ?? ticket.facts.assigneeTeamId;
    const live = await desk.db.query('select 1 from teams where id = $1 and archived_at is null', [
      team === null ? null : idToUuid(team),
    ]);
    said.push(await say(ticket, { audience: 'public', ...nobody }));
    said.push(await say(ticket, { audience: 'internal', ...nobody }));
    if (team !== null && live.length > 0) {
      const shared = { audience: 'shared_team', sharedTeamId: team } as const;
      said.push(await say(ticket, { ...shared, authorPrincipalId: null }));
      said.push(await say(ticket, { ...shared, authorPrincipalId: people[0]?.id ?? null }));
    }
    if (ticket.deleted)
      await desk.db.query('update tickets set deleted_at = now() where id = $1', [idToUuid(ticket.id)]);
  }
  return said;
}

async function authorityOf(token: string): Promise<Authority | undefined> {
  const credential = parseApiKey(token, null);
  if (credential === undefined) throw new TypeError('a test key parses');
  const now = new Date();
  const [found] = await testKernel(desk.db.url, now).db.batch([authorityQuery(credential, now)], { kind: 'load' });
  return found === undefined || 'refusal' in found ? undefined : found;
}

/** What is shown to somebody on a path, by its ids; nothing where it is refused. */
async function listed(by: Caller, path: string): Promise<string[]> {
  const { status, body } = await by.get(path);
  if (status >= 400) expect([401, 403, 404], JSON.stringify(body)).toContain(status);
  return status === 200 ? body.data.map(({ id }: { id: string }) => id) : [];
}
const threadsOf = async (by: Caller, { id }: BuiltTicket) => {
  const path = `/tickets/${id}/messages?limit=200`;
  return { thread: await listed(by, path), asOf: await listed(by, `${path}&asOf=${new Date().toISOString()}`) };
};
/** Whether the ways to one message tell of it. */
async function verdicts(by: Caller, { id, ticket, word, fileId }: Said): Promise<Record<string, boolean>> {
  const link = await by.get(`/attachments/${fileId}/link`);
  const file = link.status === 200 ? await desk.worker.fetch(new URL(link.body.url).pathname) : undefined;
  return {
    history: (await by.get(`/tickets/${ticket.id}/messages/${id}/history`)).status === 200,
    search: (await listed(by, `/tickets?q=${word}`)).includes(ticket.id),
    file: file?.status === 200 && (await file.text()) === `bytes of ${word}`,
  };
}

test('thread, history, as-of, search and file door give one verdict on every message, in any workspace', async () => {
  const counts = { read: 0, hidden: 0 };
  await fc.assert(
    fc.asyncProperty(accessWorld, async (plan) => {
      const built = await buildAccessWorld(desk.world, plan);
      const said = await sayAll(built);
      const people = await Promise.all(built.people.map((creator) => desk.world.keyFor(PERMISSION_KEYS, { creator })));
      // In every world one who reads something and one who reads nothing.
      const [owner, nobody] = [await desk.world.keyFor(PERMISSION_KEYS), await desk.world.member()];
      const without = await desk.world.keyFor(PERMISSION_KEYS, { creator: nobody });
      for (const { token } of [...built.keys.map(({ key }) => key), ...people, owner, without]) {
        const authority = await authorityOf(token);
        const threads = new Map<BuiltTicket, Awaited<ReturnType<typeof threadsOf>>>();
        for (const message of said) {
          const { id, ticket, facts } = message;
          const shown = threads.get(ticket) ?? (await threadsOf(desk.as(token), ticket));
          threads.set(ticket, shown);
          const reads = authority !== undefined && !ticket.deleted && readsMessage(authority, ticket.facts, facts);
          // Documents are kept by team, so that what only its author may read of them is read and not found.
          const asAnother = { ...facts, authorPrincipalId: null };
          const finds = authority !== undefined && reads && readsMessage(authority, ticket.facts, asAnother);
          counts[reads ? 'read' : 'hidden'] += 1;
          const found = {
            ...{ thread: shown.thread.includes(id), asOf: shown.asOf.includes(id) },
            ...(await verdicts(desk.as(token), message)),
          };
          expect(found, JSON.stringify([facts, ticket.facts])).toEqual({
            thread: reads,
            asOf: reads,
            history: reads,
            search: finds,
            file: reads,
          });
        }
      }
    }),
    { numRuns: 1, endOnFailure: true },
  );
  expect(Math.min(counts.read, counts.hidden)).toBeGreaterThan(0);
}, 240_000);
