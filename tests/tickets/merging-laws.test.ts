import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Id, idToUuid } from '#schema/ids.ts';
import { purgeDeleted } from '#services/lifecycle/purge-deleted.ts';
import { getPortalTicket } from '#services/portal/get-portal-ticket.ts';
import { listPortalMessages } from '#services/portal/list-portal-messages.ts';
import { listPortalTickets } from '#services/portal/list-portal-tickets.ts';
import { type AccessDesk, type Answered, type Caller, openAccessDesk } from '#tests/support/access-desk.ts';
import { askCustomer, customer, type TestCustomer } from '#tests/support/ask-customer.ts';
import { testKernel } from '#tests/support/kernel.ts';

let desk: AccessDesk;
let ada: Caller;
let me: Id<'prin'>;

beforeAll(async () => {
  desk = await openAccessDesk();
  const member = await desk.world.member({ role: 'owner' });
  me = member.id;
  ada = await desk.keyOf(member);
});
afterAll(() => desk.close());

const ok = (answer: Answered): Answered['body'] => {
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
  return answer.body;
};
const CATEGORIES = ['open', 'pending', 'on_hold', 'solved', 'closed'] as const;
const opened = async (fields: Parameters<typeof desk.world.ticket>[0] = {}) => {
  const { id } = await desk.world.ticket(fields);
  return { id, path: `/tickets/${id}` };
};
type Opened = Awaited<ReturnType<typeof opened>>;
const say = (by: Caller, { path }: Opened, body: string, more: object = {}) =>
  by.post(`${path}/messages`, { body, ...more });
const thread = async ({ path }: Opened) =>
  ok(await ada.get(`${path}/messages?limit=200`)).data.map(({ id, body }: Record<string, unknown>) => [id, body]);

describe('merged and taken apart again', () => {
  test.each(CATEGORIES.flatMap((source) => (['open', 'solved'] as const).map((target) => [source, target] as const)))(
    'what was %s and went into one that is %s has its thread, status and times, and the other has its own',
    async (sourceCategory, targetCategory) => {
      const [target, source] = [await opened(), await opened()];
      const wakes = sourceCategory === 'pending' || sourceCategory === 'on_hold';
      for (const [ticket, category, wakeAt] of [
        [target, targetCategory, undefined],
        [source, sourceCategory, wakes ? new Date(Date.now() + 86_400_000).toISOString() : undefined],
      ] as const) {
        ok(await say(ada, ticket, `Words on ${category}`, { as: { principalId: me } }));
        ok(await say(ada, ticket, `A note on ${category}`, { audience: 'internal' }));
        if (category !== 'open') ok(await ada.post(`${ticket.path}/transition`, { category, wakeAt }));
      }
      const state = async (ticket: Opened) => {
        const {
          version: _v,
          updatedAt: _u,
          lastActivityAt: _l,
          messageSeq: _m,
          ...rest
        } = ok(await ada.get(ticket.path));
        const [times] = await desk.db.query(
          'select solved_at, closed_at, first_solved_at, reopened_at, reopen_count, wake_at, customer_waiting_since from tickets where id = $1',
          [idToUuid(ticket.id)],
        );
        return { rest, times };
      };
      const before = { target: await state(target), source: await state(source) };
      const words = { target: await thread(target), source: await thread(source) };

      ok(await ada.post(`${target.path}/merge`, { sourceIds: [source.id] }));
      expect(ok(await ada.get(source.path)).status.category).toBe('closed');
      expect(await thread(target)).toEqual(expect.arrayContaining([...words.target, ...words.source]));

      ok(await ada.post(`${source.path}/unmerge`));
      expect(await state(source)).toEqual(before.source);
      expect((await state(target)).times).toEqual(before.target.times);
      expect(ok(await ada.get(target.path)).status).toEqual(before.target.rest.status);
      expect(await thread(source)).toEqual(words.source);
      const left = await thread(target);
      expect(left.slice(0, words.target.length)).toEqual(words.target);
      // What stays is the desk's own word that there was a merge.
      expect(
        left.slice(words.target.length).every(([id]: [string]) => !words.source.some(([own]: [string]) => own === id)),
      ).toBe(true);
    },
  );
});

describe('two customers whose tickets become one', () => {
  /** All that a customer is shown anywhere, as text. */
  async function seenBy({ session }: TestCustomer, tickets: readonly Opened[]): Promise<string> {
    const asked = { status: undefined, limit: 50, cursor: undefined };
    const list = (await askCustomer(desk.db.url, session, listPortalTickets, asked)).output;
    const shown = await Promise.all(
      tickets.map(({ id: ticketId }) =>
        Promise.all([
          askCustomer(desk.db.url, session, getPortalTicket, { ticketId }),
          askCustomer(desk.db.url, session, listPortalMessages, { ticketId, limit: 50, cursor: undefined }),
        ]).then(
          (answers) => answers.map(({ output }) => output),
          () => [],
        ),
      ),
    );
    return JSON.stringify([list, shown]);
  }
  const people = async () => {
    const cat = await customer(desk.world, { name: 'Cat Moor' });
    const dan = await customer(desk.world, { name: 'Dan Fell' });
    const [hers, his] = [
      await opened({ requesterContactId: cat.contactId, subject: 'Moorland' }),
      await opened({ requesterContactId: dan.contactId, subject: 'Fellside' }),
    ];
    ok(await say(ada, hers, 'moorwords', { as: { contactId: cat.contactId } }));
    ok(await say(ada, his, 'fellwords', { as: { contactId: dan.contactId } }));
    return { cat, dan, hers, his };
  };
  const HERS = /Cat Moor|Moorland|moorwords/;
  const HIS = /Dan Fell|Fellside|fellwords/;

  test('see no word and no name of each other, whatever is said after it, and after they are taken apart', async () => {
    const { cat, dan, hers, his } = await people();
    ok(await ada.post(`${hers.path}/merge`, { sourceIds: [his.id] }));
    ok(await say(ada, hers, 'An answer to moorwords', { as: { principalId: me } }));
    // His answer goes on in a ticket of his own.
    ok(await say(ada, his, 'fellwords again', { as: { contactId: dan.contactId } }));
    for (const step of ['merged', 'unmerged']) {
      const [catSees, danSees] = [await seenBy(cat, [hers, his]), await seenBy(dan, [hers, his])];
      expect(catSees, step).toMatch(HERS);
      expect(catSees, step).not.toMatch(HIS);
      expect(danSees, step).toMatch(HIS);
      expect(danSees, step).not.toMatch(HERS);
      if (step === 'merged') ok(await ada.post(`${his.path}/unmerge`));
    }
  });

  test('meet where that is asked for: who comes along reads the target as its cc, and no more of the source is told', async () => {
    const { cat, dan, hers, his } = await people();
    ok(await ada.post(`${hers.path}/merge`, { sourceIds: [his.id], addRequesters: true }));
    expect(await seenBy(dan, [hers])).toMatch(HERS);
    expect(await seenBy(cat, [hers])).not.toMatch(/fellwords/);
  });
});

test('a ticket that went into the target by its own way stays there; a status that is gone gives way to its category', async () => {
  const [a, b, c] = [await opened(), await opened(), await opened()];
  const into = async (target: typeof a, source: typeof a) =>
    ok(await ada.post(`${target.path}/merge`, { sourceIds: [source.id] }));
  await into(b, a);
  await into(c, b);
  ok(await ada.post(`${a.path}/unmerge`));
  await into(c, a);
  const [odd] = await desk.db.query<{ id: string }>(
    "insert into ticket_statuses (name, slug, color, category) values ('Odd', 'odd', '#112233', 'pending') returning to_typeid('tstat', id) as id",
  );
  ok(await ada.post(`${b.path}/unmerge`));
  expect((await ada.get(a.path)).body.mergedInto).toBe(c.id);
  ok(await ada.post(`${b.path}/transition`, { statusId: odd?.id }));
  await into(c, b);
  expect((await ada.delete(`/ticket-statuses/${odd?.id}`)).status).toBe(204);
  const back = ok(await ada.post(`${b.path}/unmerge`));
  expect(back.status).toMatchObject({ id: desk.world.statuses.pending, category: 'pending' });
});

test('two tickets with more than fifty tags between them are not merged', async () => {
  const [target, source] = [await opened(), await opened()];
  const names = (letter: string) => Array.from({ length: 26 }, (_, n) => `${letter}${n}`);
  ok(await ada.post(`${target.path}/tags`, { add: names('a') }));
  ok(await ada.post(`${source.path}/tags`, { add: names('b') }));
  const merge = () => ada.post(`${target.path}/merge`, { sourceIds: [source.id] });
  expect(await merge()).toMatchObject({ status: 422, body: { reason: 'limit_reached' } });
  ok(await ada.post(`${source.path}/tags`, { remove: ['b0', 'b1'] }));
  expect(ok(await merge()).tags).toHaveLength(50);
});

test('what comes back from the trash is nobody’s whose assignee left the staff meanwhile, alone and in bulk', async () => {
  const [one, two] = [await opened(), await opened()];
  const member = await desk.world.member({ role: 'owner' });
  for (const { path } of [one, two]) {
    ok(await ada.post(`${path}/assign`, { assigneePrincipalId: member.id }));
    expect((await ada.delete(path)).status).toBe(204);
  }
  await desk.db.query("update principal set member_state = 'removed', member_ended_at = now() where id = $1", [
    idToUuid(member.id),
  ]);
  expect(ok(await ada.post(`${one.path}/restore`)).assignee).toBeNull();
  ok(await ada.post('/tickets/bulk', { ids: [two.id], action: { type: 'restore' } }));
  expect(ok(await ada.get(two.path)).assignee).toBeNull();
});

test('what is restored while the purge runs is whole or gone, never half of it', async () => {
  for (const first of ['restore', 'purge']) {
    const [target, source] = [await opened(), await opened()];
    ok(await ada.post(`${target.path}/merge`, { sourceIds: [source.id] }));
    expect((await ada.delete(target.path)).status).toBe(204);
    await desk.db.query(`update tickets set deleted_at = now() - interval '40 days' where id = any ($1)`, [
      [target, source].map(({ id }) => idToUuid(id)),
    ]);
    const restore = () => ada.post(`${target.path}/restore`);
    const purge = () => purgeDeleted(testKernel(desk.db.url));
    if (first === 'purge') {
      expect((await desk.overtaken(restore, purge)).status).toBe(404);
    } else {
      const kernel = testKernel(desk.db.url);
      const batch = kernel.db.batch.bind(kernel.db);
      let due = true;
      kernel.db.batch = async (statements, options) => {
        if (options.kind === 'commit' && due) {
          due = false;
          ok(await restore());
        }
        return batch(statements, options);
      };
      await purgeDeleted(kernel);
      expect(due).toBe(false);
    }
    const rows = await desk.db.query('select deleted_at from tickets where id = any ($1)', [
      [target, source].map(({ id }) => idToUuid(id)),
    ]);
    expect(rows).toEqual(first === 'purge' ? [] : [{ deleted_at: null }, { deleted_at: null }]);
  }
  const both = [await opened(), await opened()] as const;
  for (const { path } of both) expect((await ada.delete(path)).status).toBe(204);
  await desk.db.query(`update tickets set deleted_at = now() - interval '40 days' where id = any ($1)`, [
    both.map(({ id }) => idToUuid(id)),
  ]);
  const [, restored] = await Promise.all([purgeDeleted(testKernel(desk.db.url)), ada.post(`${both[0].path}/restore`)]);
  expect([200, 404]).toContain(restored.status);
  expect((await ada.get(both[0].path)).status).toBe(restored.status);
  await purgeDeleted(testKernel(desk.db.url));
  expect(await desk.db.query('select 1 from tickets where id = $1', [idToUuid(both[1].id)])).toEqual([]);
});
