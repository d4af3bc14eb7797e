import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Id, idToUuid } from '#schema/ids.ts';
import { runBulkJob } from '#services/bulk/run-bulk-job.ts';
import { type AccessDesk, type Caller, openAccessDesk } from '#tests/support/access-desk.ts';
import { testKernel } from '#tests/support/kernel.ts';

let desk: AccessDesk;
let ada: Caller;

beforeAll(async () => {
  desk = await openAccessDesk();
  ada = await desk.keyOf(await desk.world.member({ role: 'owner' }));
});
afterAll(() => desk.close());

let made = 0;
async function status(category = 'open'): Promise<Id<'tstat'>> {
  made += 1;
  const body = { name: `Own ${made}`, slug: `own-${made}`, color: '#112233', category, position: 10 };
  return (await ada.post('/ticket-statuses', body)).body.id;
}

const at = (id: Id<'tstat'>) => `/ticket-statuses/${id}`;
const makeDefault = (id: Id<'tstat'>) => ada.patch(at(id), { isDefault: true });
const remove = (id: Id<'tstat'>, replaceWith?: Id<'tstat'>) =>
  ada.delete(`${at(id)}${replaceWith === undefined ? '' : `?replaceWith=${replaceWith}`}`);
const defaults = () =>
  desk.db.query<{ category: string; n: number }>(
    'select category, count(*)::int as n from ticket_statuses where is_default and deleted_at is null group by 1 order by 1',
  );
const oneEach = ['closed', 'on_hold', 'open', 'pending', 'solved'].map((category) => ({ category, n: 1 }));
/** Tickets whose category is not that of their status, or whose status is deleted. */
const strays = () =>
  desk.db.query(
    'select t.number from tickets t join ticket_statuses s on s.id = t.status_id where t.deleted_at is null and (s.category <> t.status_category or s.deleted_at is not null)',
  );

describe('a status', () => {
  test('is defined, listed by position, changed and told of; its category stays', async () => {
    await desk.told();
    const id = await status('on_hold');
    const listed = (await ada.get('/ticket-statuses')).body.data;
    expect(listed.map(({ category }: { category: string }) => category)).toEqual([
      'open',
      'pending',
      'on_hold',
      'solved',
      'closed',
      'on_hold',
    ]);
    expect(await ada.patch(at(id), { category: 'open' })).toMatchObject({ status: 400 });
    const changed = await ada.patch(at(id), { publicLabel: 'With engineering' }, { 'if-match': '"1"' });
    expect(changed).toMatchObject({ status: 200, trips: 2, body: { publicLabel: 'With engineering', version: 2 } });
    expect((await ada.patch(at(id), { name: 'X' }, { 'if-match': '"1"' })).status).toBe(412);
    expect((await ada.patch(at(id), { slug: 'open' })).body.reason).toBe('name_taken');
    expect(await remove(id)).toMatchObject({ status: 204 });
    expect((await ada.get(at(id))).status).toBe(404);
    expect((await desk.told()).events.map(({ type }) => type)).toEqual([
      'ticket_status.created',
      'ticket_status.updated',
      'ticket_status.deleted',
    ]);
  });

  test('that is a default, the system’s or in use is not deleted, the last but with one of its category', async () => {
    const { open, pending } = desk.world.statuses;
    expect((await remove(open)).body.reason).toBe('status_is_default');
    const own = await status();
    await makeDefault(own);
    expect((await remove(open)).body.reason).toBe('status_is_system');
    await makeDefault(open);
    await desk.world.ticket({ statusId: own });
    expect((await remove(own)).body.reason).toBe('status_in_use');
    expect((await remove(own, pending)).body.reason).toBe('unknown_reference');
    expect((await remove(own, own)).body.reason).toBe('unknown_reference');
  });

  test('in use goes with another: its tickets are moved by a job, told and without losing their wake-up', async () => {
    const [own, heir] = [await status('pending'), await status('pending')];
    const tickets = await Promise.all(
      [1, 2].map(() => desk.world.ticket({ statusId: own, statusCategory: 'pending', wakeAt: new Date('2100-01-01') })),
    );
    const answer = await remove(own, heir);
    expect(answer).toMatchObject({ status: 202, trips: 2 });
    expect(answer.body).toEqual({ jobId: expect.stringMatching(/^bulk_/), kind: 'status_replace' });
    await desk.told();
    await runBulkJob(testKernel(desk.db.url), answer.body.jobId);
    await runBulkJob(testKernel(desk.db.url), answer.body.jobId);
    const { events } = await desk.told();
    expect(events.map(({ type, payload }) => [type, payload.cause, payload.to.id])).toEqual(
      tickets.map(() => ['ticket.status_changed', 'bulk', heir]),
    );
    const moved = await desk.db.query(
      'select status_id, wake_at is not null as wakes, version from tickets where id = any ($1)',
      [tickets.map(({ id }) => idToUuid(id))],
    );
    expect(moved).toEqual(tickets.map(() => ({ status_id: idToUuid(heir), wakes: true, version: 2 })));
    const [job] = await desk.db.query('select state, total, succeeded from bulk_jobs where id = $1', [
      idToUuid(answer.body.jobId),
    ]);
    expect(job).toEqual({ state: 'done', total: 2, succeeded: 2 });
  });

  test('is the default of its category alone after any interleaving, and no ticket is without one', async () => {
    const own = await Promise.all([status(), status(), status()]);
    for (let round = 0; round < 3; round += 1) {
      const answers = await Promise.all([
        ...own.map(makeDefault),
        remove(own[round] as Id<'tstat'>),
        ada.post('/tickets', { subject: 'Meanwhile', body: 'Hello' }),
      ]);
      expect(answers.at(-1)?.status).toBe(201);
      expect(await defaults()).toEqual(oneEach);
    }
    await makeDefault(desk.world.statuses.open);
    expect(await strays()).toEqual([]);
  });

  test.each(['open', 'pending', 'on_hold', 'solved', 'closed'] as const)(
    'of %s is one default at every moment, while defaults change, statuses go and tickets move, are made and answered',
    async (category) => {
      const { world } = desk;
      const contact = await world.contact();
      const own = await Promise.all([status(category), status(category), status(category)]);
      const tickets = await Promise.all([1, 2, 3].map(() => world.ticket({ requesterContactId: contact.id })));
      let over = false;
      const watch = (async () => {
        for (let looks = 0; !over; looks += 1) expect(await defaults(), `look ${looks}`).toEqual(oneEach);
      })();
      for (let round = 0; round < 2; round += 1) {
        const answers = await Promise.all([
          makeDefault(own[round] as Id<'tstat'>),
          makeDefault(own[round + 1] as Id<'tstat'>),
          remove(own[round] as Id<'tstat'>),
          ada.patch(at(own[round + 1] as Id<'tstat'>), { name: `Renamed ${category} ${round}` }),
          ...tickets.map(({ id }) => ada.post(`/tickets/${id}/transition`, { category })),
          ...tickets.map(({ id }) =>
            ada.post(`/tickets/${id}/messages`, { body: 'And?', as: { contactId: contact.id } }),
          ),
          ada.post('/tickets', { subject: 'Meanwhile', body: 'Hello' }),
        ]);
        expect(answers.at(-1)?.status, JSON.stringify(answers.at(-1)?.body)).toBe(201);
        for (const { status: each } of answers) expect([200, 201, 204, 404, 409, 422]).toContain(each);
      }
      over = true;
      await watch;
      await makeDefault(world.statuses[category]);
      expect(await strays()).toEqual([]);
      expect((await ada.post('/tickets', { subject: 'Afterwards' })).status).toBe(201);
    },
  );

  test('that is deleted while tickets move to it takes none with it', async () => {
    const tickets = await Promise.all([1, 2, 3, 4].map(() => desk.world.ticket()));
    const move = (id: Id<'tkt'>, statusId: Id<'tstat'>) => ada.post(`/tickets/${id}/transition`, { statusId });
    const own = await status('pending');
    const [first] = tickets as [(typeof tickets)[number], ...typeof tickets];
    const late = await desk.overtaken(
      () => move(first.id, own),
      () => remove(own),
    );
    expect(late.body.reason).toBe('status_deleted');
    const other = await status('pending');
    const taken = await desk.overtaken(
      () => remove(other),
      () => move(first.id, other),
    );
    expect(taken.body.reason).toBe('status_in_use');
    const [third, heir] = [await status('pending'), await status('pending')];
    const answers = await Promise.all([...tickets.slice(1).map(({ id }) => move(id, third)), remove(third, heir)]);
    const job = answers.at(-1)?.body?.jobId;
    if (job !== undefined) await runBulkJob(testKernel(desk.db.url), job);
    expect(await strays()).toEqual([]);
  });
});

describe('the settings of tickets', () => {
  test('are read by staff and changed by whoever manages settings; null is a value', async () => {
    const before = (await ada.get('/ticket-settings')).body;
    expect(before).toMatchObject({ autoCloseDays: 7, reopenWindowDays: null, onClosedReply: 'follow_up', version: 1 });
    await desk.told();
    const changed = await ada.patch('/ticket-settings', { autoCloseDays: null, onClosedReply: 'reopen' });
    expect(changed).toMatchObject({ status: 200, trips: 2, body: { autoCloseDays: null, version: 2 } });
    const { audit } = await desk.told();
    expect(audit.map(({ action, changes }) => [action, changes])).toEqual([
      ['ticket_settings.updated', { autoCloseDays: [7, null], onClosedReply: ['follow_up', 'reopen'] }],
    ]);
    expect(await ada.patch('/ticket-settings', { onClosedReply: 'reopen' })).toMatchObject({ status: 200, trips: 1 });
    expect((await ada.patch('/ticket-settings', { csatEnabled: true }, { 'if-match': '"1"' })).status).toBe(412);
    const answers = await Promise.all([
      ada.patch('/ticket-settings', { purgeAfterDays: 40 }),
      ada.patch('/ticket-settings', { csatQuietDays: 3 }),
    ]);
    expect(answers.map(({ status: each }) => each)).toEqual([200, 200]);
    expect((await ada.get('/ticket-settings')).body).toMatchObject({
      purgeAfterDays: 40,
      csatQuietDays: 3,
      version: 4,
    });
    const { caller } = await desk.holder(['ticket.view_all']);
    expect((await caller.get('/ticket-settings')).status).toBe(200);
    expect((await caller.patch('/ticket-settings', { csatEnabled: true })).status).toBe(403);
  });
});
