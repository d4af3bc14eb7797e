import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { EVENTS } from '#schema/events.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { runVerb } from '#services/kernel/run-verb.ts';
import { autoClose } from '#services/lifecycle/auto-close.ts';
import { wakeTickets } from '#services/lifecycle/wake-tickets.ts';
import { postMessage } from '#services/messages/post-message.ts';
import { transitionTicket } from '#services/tickets/transition-ticket.ts';
import { SlaDesk } from '#tests/support/sla-desk.ts';

const T0 = new Date('2026-01-05T09:00:00.000Z');
const DAY_MS = 86_400_000;
const later = (days: number, ms = 0): Date => new Date(T0.getTime() + days * DAY_MS + ms);

let desk: SlaDesk;
beforeAll(async () => {
  desk = await SlaDesk.open(T0);
});
beforeEach(() => desk.database.query('update tickets set deleted_at = now()'));
afterAll(() => desk.database.drop());

const move = async (at: Date, ticketId: Id<'tkt'>, category: 'open' | 'pending' | 'solved', wakeAt?: Date) => {
  const input = { ticketId, to: { category }, ifMatch: null, wakeAt: wakeAt?.toISOString() };
  await runVerb(desk.kernel(at), transitionTicket, input, desk.credential());
};
const stateOf = async (...ids: Id<'tkt'>[]) =>
  (
    await desk.database.query<{ state: string }>(
      "select status_category || ' v' || version as state from tickets where id = any ($1) order by number",
      [ids.map(idToUuid)],
    )
  ).map(({ state }) => state);
const told = (ticketId: Id<'tkt'>) =>
  desk.database.query<{
    payload: Record<string, unknown>;
    entity_seq: string;
    audience: string;
    inbox_ids: string;
    team_ids: string;
  }>(
    "select payload, entity_seq, audience, inbox_ids, team_ids from events where entity_id = $1 and type = 'ticket.status_changed' order by entity_seq",
    [idToUuid(ticketId)],
  );
const activityOf = (ticketId: Id<'tkt'>) =>
  desk.database.query(
    'select type, revision, version, audience, actor_kind, actor_label, cause, data from ticket_activity where ticket_id = $1 and cause in ($2, $3) order by revision',
    [idToUuid(ticketId), 'wake', 'auto_close'],
  );

describe('closing what stays solved', () => {
  test('closes each due ticket once, twice at once and after missed hours, and tells it as the catalogue says', async () => {
    const born = { primaryTeamId: desk.workspace.support.teamId, inboxId: desk.workspace.support.inboxId };
    const tickets = await Promise.all([desk.create(T0, born), desk.create(T0), desk.create(T0)]);
    const [due, another, young] = tickets as [Id<'tkt'>, Id<'tkt'>, Id<'tkt'>];
    for (const id of [due, another]) await move(later(0, 1000), id, 'solved');
    await move(later(2), young, 'solved');
    expect(await autoClose(desk.kernel(later(7, 999)))).toBe(0);
    const runs = await Promise.all([1, 2, 3].map(() => autoClose(desk.kernel(later(7, 4 * 3_600_000)))));
    expect(runs.reduce((sum, each) => sum + each, 0)).toBe(2);
    expect((await stateOf(due, another, young)).sort()).toEqual(['closed v3', 'closed v3', 'solved v2']);
    const [, closed, ...more] = await told(due);
    expect(more).toEqual([]);
    expect(EVENTS['ticket.status_changed'].payload.parse(closed?.payload)).toMatchObject({
      ticket: { id: due, statusCategory: 'closed', version: 3, inboxId: born.inboxId },
      from: { category: 'solved' },
      to: { category: 'closed' },
      cause: 'auto_close',
      reopened: false,
    });
    expect(closed).toMatchObject({ audience: 'public', inbox_ids: [idToUuid(born.inboxId)] });
    expect(await activityOf(due)).toMatchObject([{ type: 'status_changed', version: 3, cause: 'auto_close' }]);
    const audit = await desk.database.query(
      "select action, actor_kind, event_id is not null as told from audit_events where target_id = $1 and surface <> 'api' order by seq desc limit 1",
      [idToUuid(due)],
    );
    expect(audit).toEqual([{ action: 'ticket.status_changed', actor_kind: 'system', told: true }]);
  });

  test('leaves alone what was reopened meanwhile', async () => {
    const id = await desk.create(T0);
    await move(T0, id, 'solved');
    await move(later(8), id, 'open');
    expect(await autoClose(desk.kernel(later(9)))).toBe(0);
    await move(later(9), id, 'solved');
    expect(await autoClose(desk.kernel(later(10)))).toBe(0);
    await Promise.all([autoClose(desk.kernel(later(17))), move(later(17), id, 'open')]);
    const [state] = await stateOf(id);
    expect(['open v6', 'open v5', 'closed v5']).toContain(state);
    const closings = (await activityOf(id)).length;
    expect(state?.endsWith('v6') ?? false).toBe(closings === 1 && state?.startsWith('open'));
  });

  test('counts the days of the inbox before those of the workspace; null is never', async () => {
    const { inboxId } = desk.workspace.support;
    const [inside, outside] = [await desk.create(T0, { inboxId }), await desk.create(T0)];
    for (const id of [inside, outside]) await move(T0, id, 'solved');
    const overrides = (json: string) =>
      desk.database.query('update inboxes set ticket_overrides = $1::jsonb where id = $2', [json, idToUuid(inboxId)]);
    await overrides('{"autoCloseDays": 1}');
    expect(await autoClose(desk.kernel(later(2)))).toBe(1);
    expect(await stateOf(inside, outside)).toEqual(['closed v3', 'solved v2']);
    await overrides('{"autoCloseDays": null}');
    const never = await desk.create(T0, { inboxId });
    await move(T0, never, 'solved');
    await autoClose(desk.kernel(later(300)));
    expect(await stateOf(outside, never)).toEqual(['closed v3', 'solved v2']);
    await overrides('{}');
    await desk.database.query('update ticket_settings set auto_close_days = null');
    const kept = await desk.create(T0);
    await move(T0, kept, 'solved');
    expect(await autoClose(desk.kernel(later(300)))).toBe(0);
    await desk.database.query('update ticket_settings set auto_close_days = 7');
  });
});

describe('waking', () => {
  const asleep = async (until: Date, born: Parameters<SlaDesk['create']>[1] = {}): Promise<Id<'tkt'>> => {
    const id = await desk.create(T0, born);
    await move(T0, id, 'pending', until);
    return id;
  };

  test('opens what is due, with and without an open clock alike', async () => {
    const plain = await asleep(later(1));
    await desk.promise(T0, { metric: 'first_resolution', targetSeconds: 864_000 });
    const clocked = await asleep(later(1));
    const early = await asleep(later(2));
    expect(await desk.clocks()).toMatchObject([{ state: 'paused' }, { state: 'paused' }]);
    expect(await wakeTickets(desk.kernel(later(1, -1)))).toBe(0);
    const runs = await Promise.all([1, 2].map(() => wakeTickets(desk.kernel(later(1)))));
    expect(runs.reduce((sum, each) => sum + each, 0)).toBe(2);
    expect(await stateOf(plain, clocked, early)).toEqual(['open v3', 'open v3', 'pending v2']);
    const tellings = await Promise.all([plain, clocked].map(async (id) => (await told(id)).slice(1)));
    for (const [i, telling] of tellings.entries()) {
      expect(telling).toHaveLength(1);
      const payload = EVENTS['ticket.status_changed'].payload.parse(telling[0]?.payload);
      expect(payload).toMatchObject({
        cause: 'wake',
        reopened: false,
        ticket: { id: [plain, clocked][i], version: 3 },
      });
    }
    const [inSql, decided] = await Promise.all([activityOf(plain), activityOf(clocked)]);
    const shape = (rows: Record<string, unknown>[]) => rows.map(({ revision: _, ...each }) => each);
    expect(shape(inSql)).toEqual(shape(decided));
    expect(inSql).toMatchObject([
      { type: 'status_changed', data: { changes: [{ field: 'statusId' }, { field: 'wakeAt', to: null }] } },
    ]);
  });

  test('of a ticket whose customer replied a second earlier is one change of status', async () => {
    const id = await asleep(later(1));
    const input = { ticketId: id, body: 'Any news?', audience: 'public', as: { contactId: desk.contactId } } as const;
    await runVerb(desk.kernel(later(1, -1000)), postMessage, input, desk.credential());
    expect(await wakeTickets(desk.kernel(later(1)))).toBe(0);
    expect((await told(id)).slice(1).map(({ payload }) => payload.cause)).toEqual(['customer_reply']);
    const raced = await asleep(later(1));
    await Promise.all([
      wakeTickets(desk.kernel(later(1))),
      runVerb(desk.kernel(later(1)), postMessage, { ...input, ticketId: raced }, desk.credential()),
    ]);
    expect((await told(raced)).slice(1)).toHaveLength(1);
  });

  test('leaves what is deleted where it is', async () => {
    const id = await asleep(later(1));
    await desk.database.query('update tickets set deleted_at = now() where id = $1', [idToUuid(id)]);
    expect(await wakeTickets(desk.kernel(later(2)))).toBe(0);
  });
});
