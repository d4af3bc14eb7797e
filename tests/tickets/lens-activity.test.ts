import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Id, idToUuid } from '#schema/ids.ts';
import { autoClose } from '#services/lifecycle/auto-close.ts';
import { type AccessDesk, type Answered, type Caller, openAccessDesk } from '#tests/support/access-desk.ts';
import { testKernel } from '#tests/support/kernel.ts';
import { strayFromTickets } from '#tests/support/lens-activity.ts';

let desk: AccessDesk;
let ada: Caller;

beforeAll(async () => {
  desk = await openAccessDesk();
  ada = await desk.keyOf(await desk.world.member({ role: 'owner' }));
});
afterAll(() => desk.close());

const ok = ({ status, body }: Answered): Answered['body'] => {
  expect(status, JSON.stringify(body)).toBeLessThan(300);
  return body;
};

const LONG_AGO = new Date('2026-01-01T00:00:00.000Z');
const opened = async () => (await desk.world.ticket({ lastActivityAt: LONG_AGO })).id;

const share = (id: Id<'tkt'>, teamId: Id<'team'>) => ada.put(`/tickets/${id}/shares`, { teamId, level: 'comment' });
const unshare = async (id: Id<'tkt'>, teamId: Id<'team'>) => {
  const given = ok(await ada.get(`/tickets/${id}/shares`)).data.find(
    (each: { teamId: string }) => each.teamId === teamId,
  );
  return ok(await ada.delete(`/tickets/${id}/shares/${given.id}`));
};

/** What leads to a ticket and follows it: two shares, a tag and a part. */
async function led(): Promise<Id<'tkt'>> {
  const id = await opened();
  for (const team of Object.values(desk.world.teams)) ok(await share(id, team));
  ok(await ada.post(`/tickets/${id}/tags`, { add: ['vip'] }));
  ok(await ada.put(`/tickets/${id}/participants`, { principalId: desk.world.agent.id, role: 'collaborator' }));
  return id;
}

const beside = (id: Id<'tkt'>) =>
  desk.db.query<{ at: Date; active: boolean }>(
    `select last_activity_at as at, is_active as active from ticket_shares where ticket_id = $1 and revoked_at is null
     union all select last_activity_at, is_active from ticket_participants where ticket_id = $1 and principal_id is not null
     union all select last_activity_at, is_active from ticket_tag_links where ticket_id = $1`,
    [idToUuid(id)],
  );
const activityOf = async (id: Id<'tkt'>) =>
  (
    await desk.db.query<{ at: Date; active: boolean }>(
      'select last_activity_at as at, is_active as active from tickets where id = $1',
      [idToUuid(id)],
    )
  )[0];

type Act = (id: Id<'tkt'>) => Promise<unknown>;
const transition =
  (category: string): Act =>
  async (id) =>
    ok(await ada.post(`/tickets/${id}/transition`, { category }));

/** Each leaves four rows beside its ticket, and the ticket active or not. */
const acts: Record<string, { acts: Act[]; active: boolean }> = {
  'a message': { acts: [async (id) => ok(await ada.post(`/tickets/${id}/messages`, { body: 'Hello' }))], active: true },
  'a change of status': { acts: [transition('solved')], active: false },
  'a reopening': { acts: [transition('closed'), transition('open')], active: true },
  'the end of its time': {
    acts: [transition('solved'), () => autoClose(testKernel(desk.db.url, new Date(Date.now() + 90 * 86_400_000)))],
    active: false,
  },
  'a bulk edit': {
    acts: [
      async (id) => ok(await ada.post('/tickets/bulk', { ids: [id], action: { type: 'status', category: 'solved' } })),
    ],
    active: false,
  },
  'a merge': {
    acts: [async (id) => ok(await ada.post(`/tickets/${await opened()}/merge`, { sourceIds: [id] }))],
    active: false,
  },
  'a merge and its undoing': {
    acts: [
      async (id) => ok(await ada.post(`/tickets/${await opened()}/merge`, { sourceIds: [id] })),
      async (id) => ok(await ada.post(`/tickets/${id}/unmerge`)),
    ],
    active: true,
  },
  'the trash and back': {
    acts: [
      async (id) => ok(await ada.delete(`/tickets/${id}`)),
      async (id) => ok(await ada.post(`/tickets/${id}/restore`)),
    ],
    active: true,
  },
  'an ended share and a new one': {
    acts: [
      (id) => unshare(id, desk.world.teams.billing),
      transition('pending'),
      async (id) => ok(await share(id, desk.world.teams.billing)),
    ],
    active: true,
  },
  'another tag': {
    acts: [
      transition('solved'),
      async (id) => ok(await ada.post(`/tickets/${id}/tags`, { add: ['late'], remove: ['vip'] })),
    ],
    active: false,
  },
  'a bulk edit of tags': {
    acts: [
      async (id) =>
        ok(await ada.post('/tickets/bulk', { ids: [id], action: { type: 'tags', add: ['late'], remove: ['vip'] } })),
      transition('solved'),
    ],
    active: false,
  },
};

test.each(Object.entries(acts))('%s moves what leads to a ticket with it', async (_, { acts: steps, active }) => {
  const id = await led();
  for (const step of steps) {
    const before = await activityOf(id);
    await step(id);
    const now = await activityOf(id);
    expect(now?.at.getTime()).toBeGreaterThan(before?.at.getTime() ?? 0);
    for (const row of await beside(id)) expect(row).toEqual(now);
  }
  expect(await beside(id)).toHaveLength(4);
  expect((await activityOf(id))?.active).toBe(active);
});

test('a ticket that is opened with tags and people leads to itself from the start', async () => {
  const { id } = ok(
    await ada.post('/tickets', {
      subject: 'New',
      body: 'Hello',
      requester: { contactId: (await desk.world.contact()).id },
      tags: ['new', 'vip'],
      participants: [{ principalId: desk.world.agent.id, role: 'watcher' }],
    }),
  );
  expect(await beside(id)).toEqual([1, 2, 3].map(() => expect.objectContaining({ active: true })));
  expect(await strayFromTickets(desk.db)).toEqual([]);
});

/** What may begin to lead to a ticket `$1` at any moment, and how it comes to do so. */
interface Beginning {
  before?: string;
  act: string;
  by?: () => string;
}
const beginnings: Record<string, Beginning> = {
  'a share': {
    act: "insert into ticket_shares (ticket_id, team_id, actor_kind) values ($1, $2, 'system')",
    by: () => idToUuid(desk.world.teams.support),
  },
  'a share that lives again': {
    before: `insert into ticket_shares (ticket_id, team_id, actor_kind, revoked_at)
      select $1, id, 'system', now() from teams where slug = 'support'`,
    act: 'update ticket_shares set revoked_at = null where ticket_id = $1',
  },
  'a part': {
    act: "insert into ticket_participants (ticket_id, principal_id, role, actor_kind) values ($1, $2, 'cc', 'system')",
    by: () => idToUuid(desk.world.agent.id),
  },
  'the part of a contact that becomes that of a login': {
    before: `insert into ticket_participants (ticket_id, contact_id, role, actor_kind)
      select $1, id, 'cc', 'system' from contacts limit 1`,
    act: `update ticket_participants set contact_id = null, principal_id = $2 where ticket_id = $1`,
    by: () => idToUuid(desk.world.agent.id),
  },
  'a tag': {
    act: 'with tag as (insert into ticket_tags (name) values ($1::uuid::text) returning id) insert into ticket_tag_links select $1, id from tag',
  },
};
const ACTIVITY = "update tickets set last_activity_at = last_activity_at + interval '1 minute' where id = $1";

/** Until a statement is through, or waits for what another holds. */
async function underWay(statement: Promise<unknown>, { pid }: { pid: number }): Promise<void> {
  let over = false;
  const end = () => {
    over = true;
  };
  statement.then(end, end);
  for (;;) {
    const [row] = await desk.db.query<{ waits: boolean }>('select cardinality(pg_blocking_pids($1)) > 0 as waits', [
      pid,
    ]);
    if (over || row?.waits) return;
  }
}

async function withTwo<T>(
  work: (one: pg.PoolClient, other: pg.PoolClient & { pid: number }) => Promise<T>,
): Promise<T> {
  const [one, other] = [await desk.db.connect(), await desk.db.connect()];
  const { rows } = await other.query<{ pid: number }>('select pg_backend_pid() as pid');
  try {
    return await work(one, Object.assign(other, { pid: rows[0]?.pid ?? 0 }));
  } finally {
    await one.query('rollback');
    one.release();
    other.release();
  }
}

describe.each(Object.entries(beginnings))('%s', (_, { before, act, by }) => {
  const prepared = async () => {
    const id = idToUuid(await opened());
    if (before !== undefined) await desk.db.query(before, [id]);
    return { id, begins: [act, [id, ...(by === undefined ? [] : [by()])]] as [string, string[]] };
  };

  test.each([
    ['that begins while the activity of its ticket is being committed', true],
    ['that is being committed while its ticket becomes active', false],
  ])('%s stands where the ticket does', async (__, activityFirst) => {
    const { id, begins } = await prepared();
    const both: [string, string[]][] = activityFirst ? [[ACTIVITY, [id]], begins] : [begins, [ACTIVITY, [id]]];
    await withTwo(async (one, other) => {
      await one.query('begin');
      await one.query(...(both[0] as [string, string[]]));
      const second = other.query(...(both[1] as [string, string[]]));
      await underWay(second, other);
      await one.query('commit');
      await second;
    });
    expect((await strayFromTickets(desk.db)).filter((stray) => stray.id === id)).toEqual([]);
  });
});

test.each([
  [
    'the part of a contact',
    `insert into ticket_participants (ticket_id, contact_id, role, actor_kind) select $1, id, 'cc', 'system' from contacts limit 1`,
  ],
  [
    'a part that goes from one login to another',
    `update ticket_participants set principal_id = (select id from principal where id <> principal_id limit 1) where ticket_id = $1`,
  ],
  ['a share that ends', 'update ticket_shares set revoked_at = now() where ticket_id = $1'],
])('%s waits for no commit of its ticket', async (_, sql) => {
  const id = idToUuid(await led());
  await withTwo(async (one, other) => {
    await one.query('begin');
    await one.query('select from tickets where id = $1 for no key update', [id]);
    await other.query("set lock_timeout = '300ms'");
    expect((await other.query(sql, [id])).rowCount).toBeGreaterThan(0);
    await other.query('reset lock_timeout');
  });
});
