import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Id } from '#schema/ids.ts';
import { ticketShares } from '#schema/index.ts';
import { PERMISSION_KEYS, PERMISSIONS, type Permission } from '#services/access/permissions.ts';
import { SYSTEM_ROLES } from '#services/access/system-roles.ts';
import { qb } from '#services/kernel/query.ts';
import { takesDryRun } from '#workers/routes/dry-run.ts';
import { routes } from '#workers/routes/index.ts';
import type { StaffRoute } from '#workers/routes/route.ts';
import {
  CALLERS,
  type CallerKind,
  OWNERSHIPS,
  type Ownership,
  type ResourceKind,
  verdictFor,
} from './support/role-model.ts';
import { type Answered, openRouteCaller, type Prepared, type RouteCaller } from './support/route-caller.ts';
import { PERSON_ONLY } from './support/route-things.ts';
import { nextTransaction, writtenSince } from './support/table-states.ts';
import type { Member, Place, TicketFields } from './support/world.ts';

/** What the path names first is what permission is asked for. */
const kindOf = ({ path }: StaffRoute): ResourceKind | undefined => {
  const first = /\{(\w+)\}/.exec(path)?.[1] ?? '';
  return ({ ticketId: 'ticket', number: 'ticket', teamId: 'team', inboxId: 'inbox' } as const)[first];
};

const staff = routes.filter((route): route is StaffRoute => route.kind === 'staff');
const placed = staff.filter((route) => kindOf(route) !== undefined && !PERSON_ONLY.has(route.id));
const named = placed.map((route) => [route.id, route, kindOf(route) as ResourceKind] as const);

let caller: RouteCaller;
let tokens: Record<CallerKind, string>;
let people: Record<CallerKind, Member>;
beforeAll(async () => {
  caller = await openRouteCaller();
  const { world } = caller;
  const support = [world.teams.support];
  const entries = await Promise.all(
    CALLERS.map(async (kind) => {
      const person = await world.member({ role: kind === 'limitedKey' ? 'owner' : kind, teams: support });
      const limits = kind === 'limitedKey' ? { teamIds: support, inboxIds: [world.inboxes.help] } : {};
      const { token } = await world.keyFor(PERMISSION_KEYS, { creator: person, ...limits });
      return { kind, person, token };
    }),
  );
  tokens = Object.fromEntries(entries.map(({ kind, token }) => [kind, token])) as typeof tokens;
  people = Object.fromEntries(entries.map(({ kind, person }) => [kind, person])) as typeof people;
});
afterAll(() => caller.close());

function placeOf(ownership: Ownership, person: Member): TicketFields {
  const { teams, inboxes } = caller.world;
  if (ownership === 'nobody') return {};
  if (ownership === 'own') return { primaryTeamId: teams.support, inboxId: inboxes.help };
  const elsewhere = { primaryTeamId: teams.billing, inboxId: inboxes.invoices };
  return ownership === 'assigned' ? { ...elsewhere, assigneePrincipalId: person.id } : elsewhere;
}

/** The request about a thing of that ownership; a change is a dry run, so that one cell leaves the next as it was. */
async function prepare(route: StaffRoute, kind: ResourceKind, ownership: Ownership, person: Member): Promise<Prepared> {
  const { world } = caller;
  const prepared = await caller.prepare(route, { ticket: placeOf(ownership, person) });
  const query = takesDryRun(route) ? { ...prepared.query, dryRun: 'true' } : prepared.query;
  if (kind === 'ticket') {
    if (ownership === 'shared') await share(await ticketOf(prepared));
    return { ...prepared, query };
  }
  const [own, other] =
    kind === 'team' ? [world.teams.support, world.teams.billing] : [world.inboxes.help, world.inboxes.invoices];
  const id = prepared.ids[`${kind}Id`] as Id;
  return { ...prepared, query, path: prepared.path.replace(id, ownership === 'own' ? own : other) };
}

async function ticketOf({ ids, path }: Prepared): Promise<Id<'tkt'>> {
  if (ids.ticketId !== undefined) return ids.ticketId as Id<'tkt'>;
  const number = /\/by-number\/(\d+)/.exec(path)?.[1];
  const [row] = await caller.world.db.query<{ id: Id<'tkt'> }>(
    "select to_typeid('tkt', id) as id from tickets where number = $1",
    [number],
  );
  if (row === undefined) throw new TypeError(`${path} names no ticket`);
  return row.id;
}

const share = (ticketId: Id<'tkt'>): Promise<void> =>
  caller.world.put(
    qb.insert(ticketShares).values({
      id: caller.world.newId('tshare'),
      ticketId,
      teamId: caller.world.teams.support,
      level: 'read',
      actorKind: 'system',
    }),
  );

/** Lists that are a lens by what they are: a job is read by whoever sees every ticket, and listed to who asked for it. */
const LENSES = new Set(['listBulkJobs']);
const listed = staff.flatMap((list) =>
  staff
    .filter((one) => list.method === 'GET' && one.method === 'GET' && list.params === undefined)
    .filter((one) => one.path !== list.path && one.path.replace(/\/\{\w+\}$/, '') === list.path && !LENSES.has(list.id))
    .map((one) => [list.id, list, one] as const),
);

/** Some of the kind in every place that makes a difference. */
async function someOf(one: StaffRoute): Promise<string[]> {
  const { world } = caller;
  const { support, billing } = world.teams;
  if (one.id === 'getTeam') return [support, billing];
  if (one.id === 'getTicket') {
    const shared = await world.ticket(placeOf('shared', people.owner));
    await share(shared.id);
    const places = OWNERSHIPS.flatMap((ownership) =>
      [people.agent, people.collaborator].map((who) => placeOf(ownership, who)),
    );
    const made = await Promise.all(
      [...places, { visibility: 'shared' as const, ...placeOf('other', people.owner) }].map(world.ticket),
    );
    return [...made, shared].map(({ id }) => id);
  }
  const prepared = await Promise.all([caller.prepare(one), caller.prepare(one)]);
  const ids = prepared.flatMap((each) => Object.values(each.ids));
  if (one.id !== 'getView' && one.id !== 'getMacro') return ids;
  const path = one.path.replace(/\/\{\w+\}$/, '');
  const actions = one.id === 'getMacro' ? { actions: [{ type: 'priority', priority: 'urgent' }] } : {};
  for (const offered of [
    { audience: 'private' },
    { audience: 'team', teamId: support },
    { audience: 'team', teamId: billing },
  ]) {
    const body = { name: 'Ours', ...offered, ...actions };
    const { json, text } = await caller.send(
      { method: 'POST', path, query: {}, body, ids: {} },
      { token: tokens.owner },
    );
    ids.push((json.id ?? text) as Id);
  }
  return ids;
}

/** The callers of this file, and others whose sight begins elsewhere. */
async function readers(): Promise<Record<string, string>> {
  const { world } = caller;
  const { support } = world.teams;
  const made = async (permissions: readonly Permission[], at?: Place) => {
    const creator = await world.member({ teams: [support] });
    await world.grant(creator, permissions, at);
    return (await world.keyFor(PERMISSION_KEYS, { creator })).token;
  };
  const ofTeam = SYSTEM_ROLES.supervisor.permissions;
  return {
    ...tokens,
    'supervisor of a team': await made(ofTeam, { teamId: support }),
    'supervisor of an inbox': await made(ofTeam, { inboxId: world.inboxes.help }),
    'who sees what is their own': await made(['ticket.view_assigned']),
    'who sees no ticket': await made(PERMISSION_KEYS.filter((key) => PERMISSIONS[key].resource !== 'ticket')),
    'who holds nothing': (await world.keyFor(PERMISSION_KEYS, { creator: await world.member() })).token,
    'key of an inbox': (await world.keyFor(PERMISSION_KEYS, { inboxIds: [world.inboxes.help] })).token,
    'key of one scope': (await world.keyFor(['org.view'])).token,
  };
}

test.each(listed)('%s: tells exactly what can be read one by one', async (_id, list, one) => {
  const things = await someOf(one);
  const agrees = async ([who, token]: [string, string]): Promise<void> => {
    const page = await caller.send(
      { method: 'GET', path: list.path, query: { limit: '200' }, body: undefined, ids: {} },
      { token },
    );
    expect([200, 403], page.text).toContain(page.status);
    const told = new Set((page.json.data as { id: string }[] | undefined)?.map(({ id }) => id));
    const read = await Promise.all(
      things.map(async (id) => {
        const path = one.path.replace(/\{\w+\}$/, id);
        const { status } = await caller.send({ method: 'GET', path, query: {}, body: undefined, ids: {} }, { token });
        return `${id} ${status === 403 && page.status === 403 ? 404 : status}`;
      }),
    );
    expect([who, ...read]).toEqual([who, ...things.map((id) => `${id} ${told.has(id) ? 200 : 404}`)]);
  };
  await Promise.all(Object.entries(await readers()).map(agrees));
});

test('what any grant anywhere opens is set-up that tickets refer to, and lists that keep to sight by themselves', () => {
  expect(
    staff
      .filter(({ check }) => check === 'anywhere')
      .map(({ id }) => id)
      .toSorted(),
  ).toEqual([
    'bulkTickets',
    'cancelBulkJob',
    'createMacro',
    'createView',
    'getBulkJob',
    'getTicketField',
    'getTicketSettings',
    'getTicketStatus',
    'getTicketTag',
    'listBulkItems',
    'listBulkJobs',
    'listMacros',
    'listTeams',
    'listTicketFields',
    'listTicketStatuses',
    'listTicketTags',
    'listTickets',
    'listViews',
    'stageAttachment',
    'startExport',
    'undoBulkJob',
  ]);
});

test.each(named.filter(([, route, kind]) => kind === 'ticket' && route.method !== 'GET'))(
  '%s: on an unseen ticket it is 404 and changes nothing, with every action held at the workspace',
  async (_id, route) => {
    const { world } = caller;
    const blind = await world.member();
    await world.grant(
      blind,
      PERMISSION_KEYS.filter((key) => !key.startsWith('ticket.view_')),
    );
    const { token } = await world.keyFor(PERMISSION_KEYS, { creator: blind });
    const prepared = await caller.prepare(route, { ticket: placeOf('own', blind) });
    const next = await nextTransaction(world.db);
    const answer = await caller.send(prepared, { token });
    expect([answer.status, answer.json.code], answer.text).toEqual([404, 'not_found']);
    expect(await writtenSince(world.db, next)).toEqual([]);
  },
);

/** Refusals of permission; what else may refuse comes after it. */
const DENIALS = ['missing_permission', 'key_scope', 'key_limit', 'share_level', 'inbox_viewer', 'owning_side'];

const outcomeOf = ({ status, json }: Answered): 'unseen' | 'denied' | 'allowed' => {
  if (status === 404) return 'unseen';
  return status === 403 && DENIALS.includes(String(json.reason)) ? 'denied' : 'allowed';
};

test('there is something to ask: tickets and teams are in paths', () => {
  expect(new Set(named.map(([, , kind]) => kind))).toContain('ticket');
  expect(new Set(named.map(([, , kind]) => kind))).toContain('team');
});

test.each(named)(
  '%s: each role reaches what its bundle says, at the level that the catalogue says',
  async (_id, route, kind) => {
    const ownerships = kind === 'ticket' ? OWNERSHIPS : (['own', 'other'] as const);
    const cells = await Promise.all(
      CALLERS.flatMap((who) =>
        ownerships.map(async (ownership) => {
          const prepared = await prepare(route, kind, ownership, people[who]);
          const answer = await caller.send(prepared, { token: tokens[who] });
          const verdict = verdictFor(route, kind, who, ownership);
          const outcome = outcomeOf(answer);
          return {
            cell: `${who}, ${ownership}`,
            verdict,
            outcome: verdict === 'denied or allowed' && outcome !== 'unseen' ? verdict : outcome,
          };
        }),
      ),
    );
    expect(cells.map(({ cell, outcome }) => `${cell}: ${outcome}`)).toEqual(
      cells.map(({ cell, verdict }) => `${cell}: ${verdict}`),
    );
  },
);
