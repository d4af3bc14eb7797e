import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Id, idToUuid } from '#schema/ids.ts';
import type { Permission } from '#services/access/permissions.ts';
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

async function reader(permissions: readonly Permission[], teams: readonly Id<'team'>[]): Promise<Caller> {
  const { member, caller } = await desk.holder(permissions);
  for (const team of teams)
    await desk.db.query('insert into team_memberships (team_id, principal_id) values ($1, $2)', [
      idToUuid(team),
      idToUuid(member.id),
    ]);
  return caller;
}

test('search finds a merged ticket’s words at its target for exactly those who read them in its thread', async () => {
  const { support, billing } = desk.world.teams;
  const open = async (primaryTeamId: Id<'team'>) =>
    ok(await desk.owner.post('/tickets', { subject: 'Merged', requester: { email: 'ada@x.test' }, primaryTeamId })).id;
  const [target, near, far] = [await open(support), await open(support), await open(billing)];
  const words: string[] = [];
  for (const [n, ticket] of [target, near, far].entries()) {
    for (const audience of ['public', 'internal', 'shared_team']) {
      const shared = audience === 'shared_team' ? { sharedTeamId: ticket === far ? billing : support } : {};
      const word = `zq${'abc'[n]}${audience.replace('_', '')}`;
      ok(await desk.owner.post(`/tickets/${ticket}/messages`, { body: `${word} said`, audience, ...shared }));
      words.push(word);
    }
  }
  ok(await desk.owner.post(`/tickets/${target}/merge`, { sourceIds: [near, far] }));
  const view: Permission[] = ['ticket.view_team'];
  const note: Permission[] = ['ticket.view_team', 'ticket.comment_internal'];
  const readers = [
    desk.owner,
    await reader(view, [support]),
    await reader(note, [support]),
    await reader(note, [billing]),
    await reader(note, [support, billing]),
    await reader(['ticket.view_all'], []),
  ];
  const verdicts = async (): Promise<number> => {
    let hits = 0;
    for (const [n, by] of readers.entries()) {
      const thread = await by.get(`/tickets/${target}/messages?limit=200`);
      const read: { id: string; body: string }[] = thread.status === 200 ? thread.body.data : [];
      for (const word of words) {
        const said = read.find(({ body }) => body.startsWith(word));
        const found = ok(await by.get(`/tickets?q=${word}&merged=false&limit=1`)).data;
        const told = found.map(({ id, highlight }: Answered['body']) => [id, highlight?.messageId]);
        expect(told, `${n} ${word}`).toEqual(said === undefined ? [] : [[target, said.id]]);
        hits += found.length;
      }
    }
    return hits;
  };
  const hits = await verdicts();
  expect(hits).toBeGreaterThan(20);
  // What is not to be read excludes nothing either.
  const [, outside] = readers;
  const without = ok(await (outside ?? desk.owner).get('/tickets?q=merged+-zqcpublic&merged=false')).data;
  expect(without.map(({ id }: { id: string }) => id)).toEqual([target]);
  // Behind newer ones, it is found by the index of words.
  for (let n = 0; n < 10; n += 1) ok(await desk.owner.post('/tickets', { subject: 'Newer', primaryTeamId: support }));
  expect(await verdicts()).toBe(hits);
}, 90_000);

test('a merged ticket stands in no list, until it is asked for or named by its number', async () => {
  const open = async () => ok(await desk.owner.post('/tickets', { subject: 'Pump', tags: ['pumps'] }));
  const [target, source] = [await open(), await open()];
  ok(await desk.owner.post(`/tickets/${target.id}/merge`, { sourceIds: [source.id] }));
  const listed = async (query: string): Promise<string[]> =>
    ok(await desk.owner.get(`/tickets?tag=pumps&${query}`))
      .data.map(({ id }: { id: string }) => id)
      .toSorted();
  const both = [target.id, source.id].toSorted();
  for (const way of ['scope=visible', 'sort=created', 'statusCategory=open,closed', 'scope=unassigned', 'q=pump']) {
    expect(await listed(way), way).toEqual([target.id]);
    expect(await listed(`${way}&merged=false`), way).toEqual([target.id]);
    if (way === 'scope=unassigned') continue;
    expect(await listed(`${way}&merged=true`), way).toEqual([source.id]);
    expect(await listed(`${way}&merged=any`), way).toEqual(both);
  }
  // The thread of the target names the number too.
  const [first, ...others] = ok(await desk.owner.get(`/tickets?tag=pumps&q=%23${source.number}`)).data;
  expect([first.id, first.mergedInto, others.length]).toEqual([source.id, target.id, 1]);
  expect(await listed(`q=%23${source.number}&merged=false`)).toEqual([target.id]);
});
