import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EVENTS } from '#schema/events.ts';
import { idToUuid, newId } from '#schema/ids.ts';
import { sweepStatement } from '#services/sla/sweep-statement.ts';
import { sweepTimers } from '#services/sla/sweep-timers.ts';
import { SlaDesk } from '#tests/support/sla-desk.ts';

const T0 = new Date('2026-01-05T09:00:00.000Z');
const HOUR_MS = 3_600_000;
const later = (ms: number): Date => new Date(T0.getTime() + ms);

let desk: SlaDesk;
beforeEach(async () => {
  desk = await SlaDesk.open(T0);
  await desk.promise(
    T0,
    { metric: 'first_response', targetSeconds: 3600, warnBeforeSeconds: 600 },
    { metric: 'first_response', priority: 'urgent', targetSeconds: 60 },
    { metric: 'first_resolution', priority: 'urgent', targetSeconds: 61 },
  );
});
afterEach(() => desk.database.drop());

const sweep = (at: Date) => sweepTimers(desk.kernel(at));

/** Copies of one ticket with its clock and timers, by the database itself. */
async function copyTickets(count: number): Promise<void> {
  await desk.create(T0);
  await desk.database.query(
    `with made as (select uuidv7() as id, n from generate_series(1, $1::integer) n),
     t as (insert into tickets (id, number, subject, status_id, status_category, customer_waiting_since, last_activity_at, last_public_at)
       select made.id, 1000000 + n, subject, status_id, status_category, customer_waiting_since, last_activity_at, last_public_at
       from made, tickets returning id),
     k as (insert into ticket_sla_clocks (ticket_id, track, metric, cycle, state, policy_id, policy_version, config_revision,
         target_seconds, warn_before_seconds, combine, pause_rule, reopen_mode, started_at, segment_started_at, due_at, calc_version, inputs_hash)
       select t.id, track, metric, cycle, state, policy_id, policy_version, config_revision, target_seconds,
         warn_before_seconds, combine, pause_rule, reopen_mode, started_at, segment_started_at, due_at, calc_version, inputs_hash
       from t, ticket_sla_clocks returning id, ticket_id)
     insert into sla_timers (clock_id, ticket_id, kind, mark_ms, fire_at)
       select k.id, k.ticket_id, s.kind, s.mark_ms, s.fire_at + interval '1 ms' * (random() * 1000)::integer from k, sla_timers s`,
    [count],
  );
}

describe('a sweep', () => {
  test('warns, then breaches, with payloads that the catalogue parses and numbers without a hole', async () => {
    const born = { primaryTeamId: desk.workspace.support.teamId, inboxId: desk.workspace.support.inboxId };
    await desk.create(T0, born);
    expect(await sweep(later(3_000_001))).toMatchObject({ fired: 1, told: 1 });
    expect(await sweep(later(HOUR_MS + 1500))).toMatchObject({ fired: 1, told: 1 });
    const [warning] = await desk.events('ticket.sla_warning');
    const warned = EVENTS['ticket.sla_warning'].payload.parse(warning?.payload);
    expect(warned).toMatchObject({
      warnBeforeSeconds: 600,
      clock: { consumedMs: 3_000_000, remainingMs: 600_000, state: 'running' },
    });
    const [breach] = await desk.events('ticket.sla_breached');
    const breached = EVENTS['ticket.sla_breached'].payload.parse(breach?.payload);
    expect(breached).toMatchObject({
      lagMs: 1500,
      clock: { breachedAt: later(HOUR_MS).toISOString(), remainingMs: 0 },
    });
    expect([warning?.entity_seq, breach?.entity_seq]).toEqual(['2', '3']);
    const rows = await desk.database.query(
      "select inbox_ids, team_ids, actor_kind, occurred_at from events where type = 'ticket.sla_breached'",
    );
    expect(rows).toEqual([
      {
        inbox_ids: [idToUuid(born.inboxId)],
        team_ids: [idToUuid(born.primaryTeamId)],
        actor_kind: 'system',
        occurred_at: later(HOUR_MS + 1500),
      },
    ]);
    const [ticket] = await desk.database.query('select revision, event_seq from tickets');
    expect(ticket).toEqual({ revision: 3, event_seq: '3' });
    const activity = await desk.database.query(
      "select revision, data ->> 'metric' as metric from ticket_activity where type = 'sla.breached'",
    );
    expect(activity).toEqual([{ revision: 3, metric: 'first_response' }]);
  });

  test('gives the very ticket and clock that a verb gives', async () => {
    const [byVerb, bySweep] = [await desk.create(T0), await desk.create(T0)];
    await desk.act(later(HOUR_MS + 5), { ticketId: byVerb, category: 'solved' });
    await sweep(later(HOUR_MS + 5));
    const told = (await desk.events('ticket.sla_breached')).map(({ payload }) =>
      EVENTS['ticket.sla_breached'].payload.parse(payload),
    );
    const shape = ({ ticket, clock }: (typeof told)[number]) => ({
      ticket: { ...ticket, id: '', number: 0, subject: '', url: '', statusCategory: '' },
      clock: { ...clock, id: '' },
    });
    const verb = told.find(({ ticket }) => ticket.id === byVerb);
    const swept = told.find(({ ticket }) => ticket.id === bySweep);
    if (verb === undefined || swept === undefined) throw new Error('both were told');
    expect(shape(swept)).toEqual(shape(verb));
    const keys = (await desk.events('ticket.sla_breached')).map(({ dedupe_key }) => dedupe_key);
    expect(keys.toSorted()).toEqual(
      [verb, swept].map(({ clock }) => `sla:${idToUuid(clock.id)}:breach:-:0:0`).toSorted(),
    );
    expect(swept.ticket.url).toBe(verb.ticket.url.replace(String(verb.ticket.number), String(swept.ticket.number)));
  });

  test('that breaches two promises of one ticket numbers both events and moves the ticket once', async () => {
    const kernel = desk.kernel(later(90_000));
    await desk.create(T0, { priority: 'urgent' });
    expect(await sweepTimers(kernel)).toMatchObject({ fired: 2, told: 2 });
    const told = await desk.events('ticket.sla_breached');
    expect(told.map(({ entity_seq }) => entity_seq)).toEqual(['3', '4']);
    expect(await desk.database.query('select revision, event_seq from tickets')).toEqual([
      { revision: 2, event_seq: '4' },
    ]);
    const { message } = kernel.wakes[0] ?? {};
    const [first] = await desk.database.query(
      "select to_typeid('evt', id) as id from events where type = 'ticket.sla_breached' order by seq limit 1",
    );
    expect(message).toEqual({ kind: 'events', id: first?.id });
  });

  test('leaves the deadline itself in time', async () => {
    await desk.create(T0);
    await sweep(later(3_100_000));
    expect(await sweep(later(HOUR_MS))).toMatchObject({ fired: 0 });
    expect(await sweep(later(HOUR_MS + 1))).toMatchObject({ fired: 1 });
  });

  test('with nothing due is one round trip', async () => {
    await desk.create(T0);
    const kernel = desk.kernel(later(1000));
    expect(await sweepTimers(kernel)).toEqual({ fired: 0, told: 0, nextDue: null });
    expect(kernel.db.spent.trips).toBe(1);
    expect(kernel.wakes).toEqual([]);
  });

  test('plans a wake-up just after each second with something due, once a tick', async () => {
    await desk.create(T0);
    const at = later(3_000_000 - 30_250);
    const kernel = desk.kernel(at);
    expect(await sweepTimers(kernel)).toMatchObject({ nextDue: later(3_000_000) });
    const second = String(later(3_000_000).getTime() / 1000);
    expect(kernel.wakes).toEqual([{ queue: 'events', message: { kind: 'sla_wake', id: second }, delaySeconds: 32 }]);
    const woken = desk.kernel(at);
    await sweepTimers(woken, 'wake');
    expect(woken.wakes).toEqual([]);
  });

  test('after an hour without ticks fires everything once, in order, and warns of nothing already late', async () => {
    const first = await desk.create(T0);
    const second = await desk.create(later(60_000));
    const report = await sweep(later(2 * HOUR_MS));
    expect(report).toMatchObject({ fired: 4, told: 2 });
    expect(await sweep(later(2 * HOUR_MS + 1))).toMatchObject({ fired: 0 });
    const told = await desk.events('ticket.sla_breached');
    expect(told.map(({ entity_id }) => entity_id)).toEqual([first, second].map(idToUuid));
    expect(await desk.events('ticket.sla_warning')).toEqual([]);
    expect((await desk.clocks()).map(({ breached_at, log }) => [breached_at, log])).toEqual([
      [later(HOUR_MS), ['started', 'warn_skipped', 'breached']],
      [later(HOUR_MS + 60_000), ['started', 'warn_skipped', 'breached']],
    ]);
  });

  test('and an answer at once: one wins, and a clock is never met with a breach', async () => {
    const tickets = [];
    for (let i = 0; i < 12; i += 1) tickets.push(await desk.create(T0));
    await sweep(later(3_100_000));
    const replied = tickets.map((ticketId, i) => desk.reply(later(HOUR_MS + (i % 2)), ticketId));
    await Promise.all([...replied, sweep(later(HOUR_MS + 1)), sweep(later(HOUR_MS + 1)), sweep(later(HOUR_MS + 2))]);
    const clocks = await desk.clocks();
    expect(clocks.map(({ state, breached_at }) => [state, breached_at])).toEqual(
      tickets.map((_, i) => (i % 2 === 0 ? ['met', null] : ['late', later(HOUR_MS)])),
    );
    const [breaches] = await desk.database.query(
      `select count(*)::integer as n, count(distinct dedupe_key)::integer as keys, count(distinct entity_id)::integer as tickets
       from events where type = 'ticket.sla_breached'`,
    );
    expect(breaches?.n).toBe(breaches?.keys);
    expect(breaches?.n).toBe(breaches?.tickets);
    expect(await holes()).toEqual([]);
  });

  test('in eight copies over thousands of timers emits each event once and never stands in a writer’s way', async () => {
    await copyTickets(3999);
    const writers = Array.from({ length: 40 }, (_, i) =>
      desk.database
        .query<{ id: string }>("select to_typeid('tkt', id) as id from tickets order by number offset $1 limit 1", [
          i * 50 + 1,
        ])
        .then(([row]) => desk.act(later(2 * HOUR_MS), { ticketId: row?.id as never, set: { priority: 'high' } })),
    );
    const sweeps = Array.from({ length: 8 }, () => sweep(later(2 * HOUR_MS)));
    const reports = await Promise.all(sweeps);
    await Promise.all(writers);
    const rest = await sweep(later(2 * HOUR_MS));
    expect(reports.reduce((sum, { fired }) => sum + fired, rest.fired)).toBeGreaterThan(7_900);
    const [told] = await desk.database.query(
      `select count(*)::integer as n, count(distinct dedupe_key)::integer as keys, count(distinct entity_id)::integer as tickets
       from events where type = 'ticket.sla_breached'`,
    );
    expect(told).toEqual({ n: 4000, keys: 4000, tickets: 4000 });
    const [left] = await desk.database.query(
      'select count(*)::integer as n from ticket_sla_clocks where breached_at is null',
    );
    expect(left).toEqual({ n: 0 });
    expect(await holes()).toEqual([]);
  }, 60_000);

  test('consumes the timer of a deleted rule in silence, and tells of a live one', async () => {
    await desk.create(T0);
    const { ids } = desk.kernel(T0);
    const [live, gone] = [newId(ids, 'esc'), newId(ids, 'esc')];
    await desk.database.query(
      `insert into escalation_rules (id, name, metrics, offset_seconds, actions) values ($1, 'Tell the leads', '{first_response}', 0, $2)`,
      [idToUuid(live), JSON.stringify([{ type: 'notify', to: ['team_leads'] }])],
    );
    for (const rule of [live, gone]) {
      await desk.database.query(
        `insert into sla_timers (clock_id, ticket_id, kind, rule_id, mark_ms, fire_at)
         select id, ticket_id, 'escalate', $1, 60000, $2 from ticket_sla_clocks`,
        [idToUuid(rule), later(60_000)],
      );
    }
    expect(await sweep(later(61_000))).toMatchObject({ fired: 2, told: 1 });
    const told = await desk.events('ticket.sla_escalated');
    expect(EVENTS['ticket.sla_escalated'].payload.parse(told[0]?.payload)).toMatchObject({
      ruleId: live,
      offsetSeconds: 0,
      percent: null,
    });
    expect((await desk.clocks())[0]?.log.toSorted()).toEqual(['escalated', 'escalation_skipped', 'started']);
  });
});

test('a sweep with nothing due reads a handful of pages, however many timers wait', async () => {
  await copyTickets(20_000);
  await desk.database.query('analyze sla_timers, ticket_sla_clocks, tickets');
  const client = await desk.database.connect();

  const { text, params } = sweepStatement(desk.kernel(later(1000)));
  const { rows } = await client.query(`explain (analyze, buffers, format json) ${text}`, [...params]);
  client.release();
  const plan = rows[0]['QUERY PLAN'][0].Plan;
  const due = JSON.stringify(plan);
  expect(due).toContain('sla_timers_fire_at_id_idx');
  expect(due).not.toMatch(/"Node Type":"Seq Scan"[^{}]*"Relation Name":"(sla_timers|ticket_sla_clocks|tickets)"/);
  expect(plan['Shared Hit Blocks'] + plan['Shared Read Blocks']).toBeLessThan(20);
}, 60_000);

/** Tickets whose events are not numbered 1 to `event_seq`. */
const holes = () =>
  desk.database.query(
    `select t.id from tickets t left join events e on e.entity_id = t.id
     group by t.id having t.event_seq > 0 and (count(e.id) <> t.event_seq or coalesce(max(e.entity_seq), 0) <> t.event_seq)`,
  );
