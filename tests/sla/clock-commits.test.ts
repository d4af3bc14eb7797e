import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EVENTS } from '#schema/events.ts';
import { SlaDesk } from '#tests/support/sla-desk.ts';

const T0 = new Date('2026-01-05T09:00:00.000Z');
const HOUR = 3600;
const later = (ms: number): Date => new Date(T0.getTime() + ms);

describe('the clocks of a ticket', () => {
  let desk: SlaDesk;
  beforeAll(async () => {
    desk = await SlaDesk.open(T0);
    await desk.promise(
      T0,
      { metric: 'first_response', targetSeconds: HOUR, warnBeforeSeconds: 600 },
      { metric: 'first_resolution', targetSeconds: 8 * HOUR, pauseCategories: ['pending'] },
      { metric: 'first_resolution', priority: 'urgent', targetSeconds: 2 * HOUR },
    );
  });
  afterAll(() => desk.database.drop());
  const clocksOf = async (ticketId: string) => {
    const all = await desk.database.query<{ metric: string; state: string; [column: string]: unknown }>(
      `select k.*, array(select e.type from sla_events e where e.clock_id = k.id order by e.id) as log,
         array(select t.kind || ':' || (t.fired_at is not null) from sla_timers t where t.clock_id = k.id order by t.mark_ms) as timers
       from ticket_sla_clocks k where k.ticket_id = from_typeid($1, 'tkt')`,
      [ticketId],
    );
    return Object.fromEntries(all.map((clock) => [clock.metric, clock]));
  };

  test('start in the commit that makes it, which stays two round trips', async () => {
    const kernel = desk.kernel(T0);
    const ticketId = await desk.create(T0, {}, kernel);
    expect(kernel.db.spent.trips).toBe(2);
    const clocks = await clocksOf(ticketId);
    expect(clocks.first_response).toMatchObject({
      state: 'running',
      due_at: later(HOUR * 1000),
      timers: ['warn:false', 'breach:false'],
    });
    expect(clocks.first_response?.inputs_hash).toHaveLength(32);
    const [row] = await desk.database.query(
      "select sla_next_due_at, sla_policy_id is not null as promised, event_seq from tickets where id = from_typeid($1, 'tkt')",
      [ticketId],
    );
    expect(row).toEqual({ sla_next_due_at: later(HOUR * 1000), promised: true, event_seq: '2' });
    const activity = await desk.database.query(
      "select type, revision from ticket_activity where ticket_id = from_typeid($1, 'tkt')",
      [ticketId],
    );
    expect(activity).toEqual([{ type: 'sla.policy_matched', revision: 1 }]);
    for (const { payload } of await desk.events('ticket.sla_started'))
      EVENTS['ticket.sla_started'].payload.parse(payload);
  });

  test('are met by an answer at the deadline and late by one a millisecond after', async () => {
    const [inTime, tooLate] = [await desk.create(T0), await desk.create(T0)];
    const kernel = desk.kernel(later(HOUR * 1000));
    await desk.act(
      later(HOUR * 1000),
      { ticketId: inTime, responds: true, set: { firstResponseAt: later(HOUR * 1000), customerWaitingSince: null } },
      kernel,
    );
    expect(kernel.db.spent).toMatchObject({ trips: 2 });
    await desk.reply(later(HOUR * 1000 + 1), tooLate);
    expect((await clocksOf(inTime)).first_response).toMatchObject({
      state: 'met',
      breached_at: null,
      priority: 'normal',
    });
    expect((await clocksOf(tooLate)).first_response).toMatchObject({
      state: 'late',
      breached_at: later(HOUR * 1000),
      lateness_ms: '1',
    });
    for (const type of ['ticket.sla_met', 'ticket.sla_breached'] as const) {
      const told = await desk.events(type);
      expect(told.length).toBeGreaterThan(0);
      for (const { payload } of told) EVENTS[type].payload.parse(payload);
    }
  });

  test('of a response end with a solution and can never fire', async () => {
    const ticketId = await desk.create(T0);
    await desk.act(later(1000), { ticketId, category: 'solved' });
    const clocks = await clocksOf(ticketId);
    expect(clocks.first_response).toMatchObject({
      state: 'cancelled',
      cancel_reason: 'no_response_needed',
      breached_at: null,
      timers: [],
    });
    expect(clocks.first_resolution).toMatchObject({ state: 'met', timers: [] });
  });

  test('that were late when the ticket was solved still count as missed', async () => {
    const ticketId = await desk.create(T0);
    await desk.act(later(2 * HOUR * 1000), { ticketId, category: 'solved' });
    const { first_response: clock } = await clocksOf(ticketId);
    expect(clock).toMatchObject({
      state: 'cancelled',
      breached_at: later(HOUR * 1000),
      outcome_at: later(HOUR * 1000),
      timers: ['breach:true'],
    });
  });

  test('take a breach back with a longer target, and the timer is armed once more', async () => {
    const ticketId = await desk.create(T0, { priority: 'urgent' });
    await desk.act(later(3 * HOUR * 1000), { ticketId, category: 'pending' });
    await desk.act(later(4 * HOUR * 1000), { ticketId, set: { priority: 'normal' } });
    const { first_resolution: clock } = await clocksOf(ticketId);
    expect(clock).toMatchObject({
      state: 'paused',
      breached_at: null,
      target_seconds: 8 * HOUR,
      consumed_ms: String(3 * HOUR * 1000),
    });
    const [timer] = await desk.database.query(
      "select arming, fired_at from sla_timers where clock_id = $1 and kind = 'breach'",
      [clock?.id],
    );
    expect(timer).toEqual({ arming: 1, fired_at: null });
    expect(clock?.log).toEqual(['started', 'breached', 'paused', 'breach_withdrawn', 'retargeted']);
  });

  test('that are overdue when they pause record the breach', async () => {
    const ticketId = await desk.create(T0, { priority: 'normal' });
    await desk.act(later(9 * HOUR * 1000), { ticketId, category: 'pending' });
    const { first_resolution: clock } = await clocksOf(ticketId);
    expect(clock).toMatchObject({
      state: 'paused',
      breached_at: later(8 * HOUR * 1000),
      due_at: null,
      timers: ['breach:true'],
    });
    expect(clock?.log).toEqual(['started', 'breached', 'paused']);
  });

  test('whose deadline is near get a wake-up of their own', async () => {
    const far = desk.kernel(T0);
    const ticketId = await desk.create(T0, {}, far);
    expect(far.wakes.filter(({ message }) => message.kind === 'sla_wake')).toEqual([]);
    const at = later(2 * HOUR * 1000 - 30_500);
    const near = desk.kernel(at);
    await desk.act(at, { ticketId, set: { priority: 'urgent' } }, near);
    const second = String(later(2 * HOUR * 1000).getTime() / 1000);
    expect(near.wakes.filter(({ message }) => message.kind === 'sla_wake')).toEqual([
      { queue: 'events', message: { kind: 'sla_wake', id: second }, delaySeconds: 32 },
    ]);
  });
});

test('two first responses at once fulfil once', async () => {
  const desk = await SlaDesk.open(T0);
  await desk.promise(T0, { metric: 'first_response', targetSeconds: HOUR });
  const ticketId = await desk.create(T0);
  await Promise.all([desk.reply(later(1000), ticketId), desk.reply(later(2000), ticketId)]);
  const [clock] = await desk.clocks();
  expect(clock?.log).toEqual(['started', 'fulfilled']);
  expect(await desk.events('ticket.sla_met')).toHaveLength(1);
  await desk.database.drop();
});
