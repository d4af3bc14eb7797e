import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Id, idToUuid } from '#schema/ids.ts';
import { runVerb } from '#services/kernel/run-verb.ts';
import { autoClose } from '#services/lifecycle/auto-close.ts';
import { deleteTicket } from '#services/lifecycle/delete-ticket.ts';
import { restoreTicket } from '#services/lifecycle/restore-ticket.ts';
import { wakeTickets } from '#services/lifecycle/wake-tickets.ts';
import { listMessages } from '#services/messages/list-messages.ts';
import { postMessage } from '#services/messages/post-message.ts';
import { askRatings } from '#services/ratings/ask-ratings.ts';
import { sweepTimers } from '#services/sla/sweep-timers.ts';
import { getTicket } from '#services/tickets/get-ticket.ts';
import { tagTicket } from '#services/tickets/tag-ticket.ts';
import { transitionTicket } from '#services/tickets/transition-ticket.ts';
import { SlaDesk } from '#tests/support/sla-desk.ts';

const T0 = new Date('2026-01-05T09:00:00.000Z');
const HOUR_MS = 3_600_000;
const later = (hours: number): Date => new Date(T0.getTime() + hours * HOUR_MS);

let desk: SlaDesk;
beforeAll(async () => {
  desk = await SlaDesk.open(T0);
  await desk.promise(
    T0,
    { metric: 'first_response', targetSeconds: 4 * 3600 },
    {
      metric: 'total_resolution',
      targetSeconds: 10 * 3600,
      reopenMode: 'continue',
      pauseCategories: ['pending', 'on_hold'],
    },
  );
});
afterAll(() => desk.database.drop());

type Category = 'open' | 'pending' | 'on_hold' | 'solved';
const move = (at: Date, ticketId: Id<'tkt'>, category: Category, wakeAt?: Date) =>
  runVerb(
    desk.kernel(at),
    transitionTicket,
    { ticketId, to: { category }, ifMatch: null, wakeAt: wakeAt?.toISOString() },
    desk.credential(),
  );
/** What the customer writes, by a program that speaks for them. */
async function reply(at: Date, ticketId: Id<'tkt'>) {
  const kernel = desk.kernel(at);
  const input = { ticketId, body: 'Any news?', audience: 'public', as: { contactId: desk.contactId } } as const;
  const outcome = await runVerb(kernel, postMessage, input, desk.credential());
  if (outcome.kind !== 'done') throw new TypeError('nothing is replayed here');
  return { output: outcome.output, trips: kernel.db.spent.trips };
}
/** The resolution clock and, by the transaction that wrote each row, whether it moved in the commit of the newest message. */
const resolution = async (ticketId: Id<'tkt'>) =>
  (
    await desk.database.query(
      `select k.state, t.reopen_count, t.status_category, k.xmin = m.xmin as clock_with_message, t.xmin = m.xmin as ticket_with_message
       from tickets t join ticket_sla_clocks k on k.ticket_id = t.id and k.metric = 'total_resolution'
         join ticket_messages m on m.ticket_id = t.id and m.seq = t.message_seq
       where t.id = $1 order by k.cycle desc limit 1`,
      [idToUuid(ticketId)],
    )
  )[0];

describe('a customer’s reply', () => {
  test.each([
    ['pending', 'paused', 0],
    ['on_hold', 'paused', 0],
    ['solved', 'met', 1],
  ] as const)(
    'on what is %s starts its clock, which was %s, in the same commit, and counts %i reopenings',
    async (category, state, reopenCount) => {
      const id = await desk.create(T0);
      await reply(T0, id);
      await move(later(1), id, category);
      expect(await resolution(id)).toMatchObject({ state, clock_with_message: false });
      const { trips } = await reply(later(2), id);
      expect(trips).toBe(2);
      expect(await resolution(id)).toEqual({
        state: 'running',
        reopen_count: reopenCount,
        status_category: 'open',
        clock_with_message: true,
        ticket_with_message: true,
      });
    },
  );

  test('beyond the window leaves ticket, clock and count as they are', async () => {
    await desk.database.query('update ticket_settings set reopen_window_days = 1');
    const id = await desk.create(T0);
    await reply(T0, id);
    await move(later(1), id, 'solved');
    const before = await resolution(id);
    const { output } = await reply(later(26), id);
    expect(output.followUpOf).toBe(id);
    expect(await resolution(id)).toEqual(before);
    expect(before).toMatchObject({ state: 'met', reopen_count: 0, status_category: 'solved' });
    await desk.database.query('update ticket_settings set reopen_window_days = null');
  });
});

describe('a ticket in the trash', () => {
  /** Everything that time does. */
  const passes = async (at: Date) => {
    await sweepTimers(desk.kernel(at));
    await wakeTickets(desk.kernel(at));
    await autoClose(desk.kernel(at));
    await askRatings(desk.kernel(at));
  };
  const read = async (at: Date, ticketId: Id<'tkt'>) => {
    const [ticket, thread] = await Promise.all([
      runVerb(desk.kernel(at), getTicket, { ticketId }, desk.credential()),
      runVerb(
        desk.kernel(at),
        listMessages,
        { ticketId, limit: 200, cursor: undefined, audience: undefined },
        desk.credential(),
      ),
    ]);
    if (ticket.kind !== 'done' || thread.kind !== 'done') throw new TypeError('nothing is replayed here');
    const people = await desk.database.query(
      `select 'seat' as kind, principal_id, contact_id, role from ticket_participants where ticket_id = $1
       union all select 'follows', principal_id, contact_id, source from ticket_subscriptions where ticket_id = $1 order by 1, 2, 3`,
      [idToUuid(ticketId)],
    );
    return { ticket: ticket.output, thread: thread.output, people };
  };
  const told = (ticketId: Id<'tkt'>) =>
    desk.database.query<{ type: string }>('select type from events where entity_id = $1 order by entity_seq', [
      idToUuid(ticketId),
    ]);

  test.each(['open', 'pending', 'solved'] as const)(
    'that was %s breaches nothing and tells nobody, and comes back whole',
    async (category) => {
      const id = await desk.create(T0);
      await reply(T0, id);
      await runVerb(
        desk.kernel(T0),
        tagTicket,
        { ticketId: id, add: ['vip', 'beta'], remove: [], ifMatch: null },
        desk.credential(),
      );
      await desk.database.query(
        `with seat as (insert into ticket_participants (ticket_id, principal_id, role, actor_kind) select $1, id, 'collaborator', 'system'
           from principal where member_state = 'active' limit 1 returning principal_id)
         insert into ticket_subscriptions (ticket_id, principal_id, source)
         select $1, principal_id, 'auto_participant' from seat on conflict do nothing`,
        [idToUuid(id)],
      );
      await desk.database.query('update ticket_settings set csat_enabled = true');
      if (category !== 'open') await move(later(1), id, category, category === 'pending' ? later(2) : undefined);
      const before = await read(later(1), id);
      await runVerb(desk.kernel(later(1)), deleteTicket, { ticketId: id, ifMatch: null }, desk.credential());
      const atDeletion = await told(id);
      expect(atDeletion.map(({ type }) => type)).toContain('ticket.deleted');
      for (const hours of [3, 30, 24 * 9]) await passes(later(hours));
      expect(await told(id)).toEqual(atDeletion);
      const [clocks] = await desk.database.query(
        `select count(*) filter (where breached_at is not null)::int as breached, count(*) filter (where state in ('running', 'paused'))::int as open
         from ticket_sla_clocks where ticket_id = $1`,
        [idToUuid(id)],
      );
      expect(clocks).toEqual({ breached: 0, open: 0 });

      const back = later(24 * 10);
      await runVerb(desk.kernel(back), restoreTicket, { ticketId: id, ifMatch: null }, desk.credential());
      const after = await read(back, id);
      const { version: _v, updatedAt: _u, lastActivityAt: _l, slaNextDueAt: _s, ...same } = before.ticket;
      expect(after.ticket).toMatchObject(same);
      expect(after.ticket).toMatchObject({ number: before.ticket.number, tags: before.ticket.tags });
      expect(after.ticket.tags).toHaveLength(2);
      expect([after.thread, after.people]).toEqual([before.thread, before.people]);
      expect(after.people.length).toBeGreaterThanOrEqual(2);
      expect((await told(id)).slice(atDeletion.length).map(({ type }) => type)).toContain('ticket.restored');
    },
  );
});
