import { afterAll, beforeAll, expect, test } from 'vitest';
import { idToUuid } from '#schema/ids.ts';
import { runVerb } from '#services/kernel/run-verb.ts';
import { compileSla } from '#services/sla/compile-config.ts';
import { createBusinessHours } from '#services/sla/create-business-hours.ts';
import { createSlaPolicy } from '#services/sla/create-sla-policy.ts';
import { slaConfigQuery } from '#services/sla/sla-queries.ts';
import { slaSetupQuery } from '#services/sla/sla-setup.ts';
import { workdays } from '#tests/support/calendars.ts';
import { SlaDesk } from '#tests/support/sla-desk.ts';

const T0 = new Date('2026-01-05T09:00:00.000Z');
const HOUR = 3600;
const WEEK = workdays('09:00-17:00');

let desk: SlaDesk;
beforeAll(async () => {
  desk = await SlaDesk.open(T0);
});
afterAll(() => desk.database.drop());

async function draw(name: string, role: 'owner' | 'agent' = 'owner') {
  const input = { name, timeZone: 'Europe/Berlin', weekly: WEEK };
  const outcome = await runVerb(desk.kernel(T0), createBusinessHours, input, desk.credential(role));
  if (outcome.kind !== 'done') throw new Error('nothing was replayed');
  return outcome.output;
}

const write = (input: Parameters<typeof createSlaPolicy.load>[0], role: 'owner' | 'agent' = 'owner') =>
  runVerb(desk.kernel(T0), createSlaPolicy, input, desk.credential(role));

test('a calendar comes with its snapshot, its audit row and its event, in two round trips', async () => {
  const kernel = desk.kernel(T0);
  const input = { name: ' Office ', timeZone: 'Europe/Berlin', weekly: WEEK };
  await runVerb(kernel, createBusinessHours, input, desk.credential());
  expect(kernel.db.spent.trips).toBe(2);
  const [row] = await desk.database.query(
    `select b.name, n.content -> 'zone' ->> 'name' as zone, octet_length(n.content_hash) as hash,
       (select count(*)::integer from audit_events a where a.target_id = b.id) as audited,
       (select count(*)::integer from events e where e.entity_id = b.id) as told
     from business_hours b join calendar_snapshots n on n.id = b.snapshot_id`,
  );
  expect(row).toEqual({ name: 'Office', zone: 'Europe/Berlin', hash: 32, audited: 1, told: 1 });
});

test('a calendar is refused without permission, in an unknown zone, with bad windows, and under a taken name', async () => {
  await expect(draw('Mine', 'agent')).rejects.toMatchObject({ code: 'forbidden' });
  const bad = {
    name: 'Bad',
    timeZone: 'Europe/Atlantis',
    weekly: { ...WEEK, mon: [{ start: '09:00', end: '09:00' }] },
  };
  await expect(runVerb(desk.kernel(T0), createBusinessHours, bad, desk.credential())).rejects.toMatchObject({
    code: 'unprocessable',
    details: { errors: [{ code: 'unknown_time_zone' }, { code: 'bad_window', pointer: '/weekly/mon/0' }] },
  });
  await draw('Twice');
  await expect(draw('twice')).rejects.toMatchObject({ code: 'conflict', reason: 'name_taken' });
});

test('a policy’s compiled row is what its rows compile to, and a ticket runs under its hours', async () => {
  const hours = await draw('Support hours');
  await write({
    name: 'Business',
    targets: [
      { metric: 'first_response', targetSeconds: 4 * HOUR, warnBeforeSeconds: HOUR, calendarIds: [hours.id] },
      { metric: 'first_response', priority: 'urgent', targetSeconds: HOUR },
      { metric: 'agent_work', targetSeconds: 40 * HOUR },
    ],
  });
  const [config, setup] = await desk.kernel(T0).db.batch([slaConfigQuery(), slaSetupQuery()], { kind: 'load' });
  expect(config).toEqual(compileSla({ ...setup, revision: setup.revision - 1 }));
  expect(config.policies[0]?.targets.map(({ pauseRule }) => pauseRule.categories)).toEqual([
    ['on_hold', 'pending'],
    [],
    [],
  ]);

  const ticketId = await desk.create(T0);
  const [clock] = await desk.database.query(
    "select due_at, cardinality(snapshot_ids) as calendars from ticket_sla_clocks where ticket_id = $1 and metric = 'first_response'",
    [idToUuid(ticketId)],
  );
  // 10:00 in Berlin and four hours of the day left.
  expect(clock).toEqual({ due_at: new Date('2026-01-05T13:00:00Z'), calendars: 1 });
});

test('an isolate that holds the configuration is sent none, until it changes', async () => {
  const kernel = desk.kernel(T0);
  const [first] = await kernel.db.batch([slaConfigQuery()], { kind: 'load' });
  const held = slaConfigQuery();
  const [again] = await kernel.db.batch([held], { kind: 'load' });
  expect(again).toBe(first);
  await write({ name: 'Later', targets: [] });
  const [changed] = await kernel.db.batch([held], { kind: 'load' });
  expect(changed.revision).toBe(first.revision + 1);
});

test('a policy is refused without permission and with every fault of its targets and conditions', async () => {
  await expect(write({ name: 'Mine', targets: [] }, 'agent')).rejects.toMatchObject({ code: 'forbidden' });
  const faults = {
    name: 'Faulty',
    conditions: { field: 'ticket.mood', op: 'is', value: 'bad' },
    targets: [
      { metric: 'first_response', targetSeconds: 60, warnBeforeSeconds: 60 },
      { metric: 'first_response', targetSeconds: 90 },
      { metric: 'next_response', targetSeconds: 60, reopenMode: 'restart' },
    ],
  } as const;
  await expect(write(faults)).rejects.toMatchObject({
    code: 'unprocessable',
    reason: 'bad_condition',
    details: {
      errors: [
        { code: 'bad_condition', pointer: '/conditions/field' },
        { code: 'bad_target', pointer: '/targets/0/warnBeforeSeconds' },
        { code: 'bad_target', pointer: '/targets/1' },
        { code: 'bad_target', pointer: '/targets/2/reopenMode' },
      ],
    },
  });
});

test('a promise that could never come due is refused', async () => {
  const input = {
    name: 'Never open',
    timeZone: 'UTC',
    weekly: { ...WEEK, mon: [], tue: [], wed: [], thu: [], fri: [] },
  };
  const outcome = await runVerb(desk.kernel(T0), createBusinessHours, input, desk.credential());
  if (outcome.kind !== 'done') throw new Error('nothing was replayed');
  const targets = [{ metric: 'first_response', targetSeconds: 60, calendarIds: [outcome.output.id] } as const];
  await expect(write({ name: 'Hopeless', targets })).rejects.toMatchObject({ reason: 'no_open_time' });
});

test('two policies written at once both count, one after the other', async () => {
  const [before] = await desk.kernel(T0).db.batch([slaConfigQuery()], { kind: 'load' });
  await Promise.all([write({ name: 'One', targets: [] }), write({ name: 'Two', targets: [] })]);
  const [after] = await desk.kernel(T0).db.batch([slaConfigQuery()], { kind: 'load' });
  expect(after.revision).toBe(before.revision + 2);
  expect(after.policies.map(({ name }) => name)).toEqual(expect.arrayContaining(['One', 'Two']));
});
