import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BulkAction } from '#schema/api/bulk.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { changeTickets } from '#services/bulk/change-tickets.ts';
import { noAttempts } from '#services/bulk/decide-each.ts';
import { runVerb } from '#services/kernel/run-verb.ts';
import { SlaDesk } from '#tests/support/sla-desk.ts';

const MINUTE_MS = 60_000;
const start = new Date('2026-11-02T09:00:00.000Z');
const at = (minutes: number) => new Date(start.getTime() + minutes * MINUTE_MS);
let desk: SlaDesk;

beforeAll(async () => {
  desk = await SlaDesk.open(start);
  await desk.promise(
    start,
    { metric: 'first_response', targetSeconds: 3600 },
    { metric: 'total_resolution', targetSeconds: 86_400 },
  );
});
afterAll(() => desk.database.drop());

async function bulk(minutes: number, ids: readonly Id<'tkt'>[], action: BulkAction): Promise<void> {
  const input = { ids, filter: undefined, action, attempts: noAttempts() };
  const outcome = await runVerb(desk.kernel(at(minutes)), changeTickets, input, desk.credential());
  if (outcome.kind !== 'done') throw new Error('nothing was replayed');
}

const clocksOf = (ids: readonly Id<'tkt'>[]) =>
  Promise.all(
    ids.map((id) =>
      desk.database.query(
        `select k.metric, k.cycle, k.state, k.consumed_ms, k.due_at, k.settled_at, k.cancel_reason, t.sla_next_due_at,
           array(select e.type || ' ' || e.at from sla_events e where e.clock_id = k.id order by e.id) as log,
           array(select m.kind || ' ' || coalesce(m.fire_at::text, '-') from sla_timers m where m.clock_id = k.id order by 1) as timers
         from ticket_sla_clocks k join tickets t on t.id = k.ticket_id where k.ticket_id = $1 order by k.metric, k.cycle`,
        [idToUuid(id)],
      ),
    ),
  );

test('clocks of many tickets are written together as they are singly', async () => {
  // One waits, one was answered, one is solved; each twice.
  const make = async () => {
    const ids = [await desk.create(at(0)), await desk.create(at(0)), await desk.create(at(0))] as const;
    await desk.reply(at(5), ids[1]);
    await desk.act(at(6), { ticketId: ids[2], category: 'solved' });
    return ids;
  };
  const [many, ones] = [await make(), await make()];
  const story: [number, BulkAction][] = [
    [10, { type: 'status', category: 'pending' }],
    [20, { type: 'priority', priority: 'urgent' }],
    [30, { type: 'status', category: 'open' }],
    [40, { type: 'delete' }],
    [50, { type: 'restore' }],
    [60, { type: 'status', category: 'solved' }],
  ];
  for (const [minutes, action] of story) {
    await bulk(minutes, many, action);
    for (const id of ones) await bulk(minutes, [id], action);
    const [together, singly] = [await clocksOf(many), await clocksOf(ones)];
    expect(together.flat().length).toBeGreaterThanOrEqual(6);
    expect(together).toEqual(singly);
  }
});
