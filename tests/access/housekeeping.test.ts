import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { EVENTS, type EventType } from '#schema/events.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { endExpired } from '#services/access/housekeeping/end-expired.ts';
import { type AccessDesk, openAccessDesk, type StoredTelling } from '../support/access-desk.ts';
import { testKernel } from '../support/kernel.ts';

const DAY_MS = 86_400_000;
const from = (now: Date, days: number): Date => new Date(now.getTime() + days * DAY_MS);

let desk: AccessDesk;
beforeAll(async () => {
  desk = await openAccessDesk();
});
afterAll(() => desk.close());
beforeEach(async () => {
  await desk.told();
});

const sound = (events: readonly StoredTelling[]): void => {
  for (const { type, payload } of events) EVENTS[type as EventType].payload.parse(payload);
};
const numbersOf = (events: readonly StoredTelling[]): string[] => events.map(({ entity_seq }) => entity_seq);

describe('a grant whose time is over', () => {
  /** A member who held a role in team support until a moment ago, and their key. */
  async function formerHolder() {
    const holder = await desk.holder(['ticket.view_all', 'admin.manage_roles'], { teamId: desk.world.teams.support });
    await desk.db.query(
      "update principal_role_assignments set created_at = now() - interval '2 hours', expires_at = now() - interval '1 hour' where principal_id = $1",
      [idToUuid(holder.member.id)],
    );
    return holder;
  }

  test('gives nothing before it is swept, and blocks no new one', async () => {
    const { member, caller } = await formerHolder();
    expect((await caller.get('/tickets')).status).toBe(403);
    const [row] = await desk.db.query<{ id: Id<'role'> }>(
      "select to_typeid('role', role_id) as id from principal_role_assignments where principal_id = $1",
      [idToUuid(member.id)],
    );
    const scope = { kind: 'team', id: desk.world.teams.support };
    const again = await desk.owner.post(`/members/${member.id}/role-assignments`, { roleId: row?.id, scope });
    expect(again.status).toBe(201);
    expect((await caller.get('/tickets')).status).toBe(200);
  });

  test('is ended by the hourly clock with one event and one audit row, and its holder moves on', async () => {
    const { member } = await formerHolder();
    const state = () =>
      desk.db.query<{ revision: number; event_seq: string }>(
        'select revision, event_seq from principal where id = $1',
        [idToUuid(member.id)],
      );
    const [before] = await state();
    expect(await desk.worker.scheduled('17 * * * *')).toMatchObject({ outcome: 'ok' });
    const { events, audit } = await desk.told();
    expect(events).toMatchObject([
      {
        type: 'role_assignment.revoked',
        entity_id: idToUuid(member.id),
        payload: {
          principalId: member.id,
          reason: 'expired',
          scope: { kind: 'team', id: desk.world.teams.support },
          inertPermissions: ['admin.manage_roles'],
        },
      },
    ]);
    sound(events);
    expect(audit).toMatchObject([
      {
        action: 'role_assignment.revoked',
        actor_kind: 'system',
        surface: 'cron',
        changes: { revokeReason: [null, 'expired'] },
      },
    ]);
    const [after] = await state();
    expect([after?.revision, Number(after?.event_seq)]).toEqual([
      (before?.revision ?? 0) + 1,
      Number(before?.event_seq) + 1,
    ]);
    expect(events[0]?.entity_seq).toBe(after?.event_seq);
    await desk.worker.scheduled('17 * * * *');
    expect(await desk.told()).toEqual({ events: [], audit: [] });
  });

  test('is told of once by runs that overlap, and many of one holder are numbered without a hole', async () => {
    const { member } = await formerHolder();
    for (const key of ['org.view', 'sla.view'] as const) await desk.world.grant(member, [key]);
    await desk.db.query(
      "update principal_role_assignments set created_at = now() - interval '2 hours', expires_at = now() - interval '1 hour' where principal_id = $1",
      [idToUuid(member.id)],
    );
    const runs = await Promise.all([1, 2, 3].map(() => endExpired(testKernel(desk.db.url))));
    expect(runs.toSorted()).toEqual([0, 0, 3]);
    const { events, audit } = await desk.told();
    expect(numbersOf(events)).toEqual(['1', '2', '3']);
    expect(audit).toHaveLength(3);
  });

  test('of the workspace is told without an id', async () => {
    const { member } = await desk.holder(['org.view']);
    await desk.db.query(
      "update principal_role_assignments set created_at = now() - interval '2 hours', expires_at = now() - interval '1 hour' where principal_id = $1",
      [idToUuid(member.id)],
    );
    const kernel = testKernel(desk.db.url);
    expect(await endExpired(kernel)).toBe(1);
    expect(kernel.db.spent.trips).toBe(1);
    expect(kernel.wakes).toMatchObject([{ queue: 'events', message: { kind: 'events' } }]);
    const { events } = await desk.told();
    expect(events[0]?.payload.scope).toEqual({ kind: 'workspace' });
    sound(events);
  });
});

describe('a key that ends', () => {
  const run = async (now: Date) => {
    await endExpired(testKernel(desk.db.url, now));
    const { events } = await desk.told();
    sound(events);
    return events.map(({ type, payload }) => `${type} ${payload.noticeDays ?? ''}`.trim());
  };
  const key = async (end: Date, born = from(end, -90)) => {
    const { id } = await desk.world.keyFor(['ticket.view_all'], {
      expiresAt: end,
      teamIds: [desk.world.teams.support],
    });
    await desk.db.query('update api_keys set created_at = $2 where id = $1', [idToUuid(id), born]);
    return id;
  };
  const end = new Date('2031-03-31T12:00:00.000Z');

  test('is told of 14 days and 3 days before, and when it has ended, once each', async () => {
    const id = await key(end);
    expect(await run(from(end, -14.5))).toEqual([]);
    expect(await run(from(end, -13.9))).toEqual(['api_key.expiring 14']);
    expect(await run(from(end, -4))).toEqual([]);
    expect(await run(from(end, -2.9))).toEqual(['api_key.expiring 3']);
    expect(await run(from(end, -0.1))).toEqual([]);
    expect(await run(from(end, 0.1))).toEqual(['api_key.expired']);
    expect(await run(from(end, 1))).toEqual([]);
    expect(await run(from(end, 60))).toEqual([]);
    const rows = await desk.db.query('select entity_seq from events where entity_id = $1 order by seq', [idToUuid(id)]);
    expect(rows).toEqual([{ entity_seq: '1' }, { entity_seq: '2' }, { entity_seq: '3' }]);
  });

  test('is told of anew when its end is moved', async () => {
    const id = await key(end);
    expect(await run(from(end, -10))).toEqual(['api_key.expiring 14']);
    await desk.db.query('update api_keys set expires_at = $2 where id = $1', [idToUuid(id), from(end, 30)]);
    expect(await run(from(end, 17))).toEqual(['api_key.expiring 14']);
    await desk.db.query("update api_keys set revoked_at = now(), revoke_reason = 'manual' where id = $1", [
      idToUuid(id),
    ]);
    expect(await run(from(end, 40))).toEqual([]);
  });

  test('is told of by the nearest notice alone where the clock stood still, or where it was born late', async () => {
    await key(end);
    expect(await run(from(end, -1))).toEqual(['api_key.expiring 3']);
    const later = from(end, 100);
    await key(later, from(later, -7));
    expect(await run(from(later, -6.9))).toEqual([]);
    expect(await run(from(later, -2))).toEqual(['api_key.expiring 3']);
  });

  test('is told of once by runs that overlap', async () => {
    const last = from(end, 200);
    await key(last);
    await Promise.all([1, 2, 3].map(() => endExpired(testKernel(desk.db.url, from(last, -10)))));
    expect((await desk.told()).events).toMatchObject([{ type: 'api_key.expiring' }]);
  });
});
