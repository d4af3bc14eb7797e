import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Id, idToUuid } from '#schema/ids.ts';
import { type AccessDesk, openAccessDesk } from '#tests/support/access-desk.ts';
import { upload } from '#tests/support/files.ts';

let desk: AccessDesk;
beforeAll(async () => {
  desk = await openAccessDesk();
});
afterAll(() => desk.close());

test('a staged file finds no room where others came first: thirty at once are twenty, or 200 MiB', async () => {
  const { caller } = await desk.holder(['ticket.view_all', 'ticket.reply_public']);
  const send = () => upload(desk.worker, caller.token, 'x', 'x.txt');
  const many = (count: number) => Promise.all(Array.from({ length: count }, send));
  const told = (answers: Awaited<ReturnType<typeof many>>) => answers.map(({ body }) => body.reason ?? 'staged').sort();
  const full = (count: number) => Array.from({ length: count }, () => 'limit_reached');
  expect(told(await many(30))).toEqual([...full(10), ...Array.from({ length: 20 }, () => 'staged')]);
  await desk.db.query("delete from ticket_attachments where state = 'staged'");
  const { id } = (await send()).body;
  await desk.db.query('update ticket_attachments set size_bytes = 200 * 1024 * 1024 - 1 where id = $1', [
    idToUuid(id as Id),
  ]);
  expect(told(await many(3))).toEqual([...full(2), 'staged']);
});

test('a follower is one of 500, however many come at once', async () => {
  const followed = async (free: number): Promise<Id<'tkt'>> => {
    const { id } = await desk.world.ticket({ primaryTeamId: desk.world.teams.support });
    await desk.db.query(
      `with made as (insert into contacts (name, sort_name) select 'F', 'f' from generate_series(1, $2::int) returning id)
         insert into ticket_subscriptions (ticket_id, contact_id, source) select $1, id, 'auto_participant' from made`,
      [idToUuid(id), 500 - free],
    );
    return id;
  };
  const count = async (id: Id<'tkt'>) =>
    (await desk.db.query('select from ticket_subscriptions where ticket_id = $1', [idToUuid(id)])).length;
  const crowded = await followed(3);
  const people = await Promise.all(Array.from({ length: 6 }, () => desk.holder(['ticket.view_all'])));
  const [put, reply] = await Promise.all([
    Promise.all(people.map(({ caller }) => caller.put(`/tickets/${crowded}/subscription`, {}))),
    desk.owner.post(`/tickets/${crowded}/messages`, { body: 'Seen.' }),
  ]);
  expect(reply.status).toBe(201);
  const refusals = put.filter(({ status }) => status !== 200).map(({ body }) => body.reason);
  expect([3, 4]).toContain(refusals.length);
  expect(new Set(refusals)).toEqual(new Set(['limit_reached']));
  expect(await count(crowded)).toBe(500);
});
