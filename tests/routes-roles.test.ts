import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Id } from '#schema/ids.ts';
import { ticketShares } from '#schema/index.ts';
import { PERMISSION_KEYS } from '#services/access/permissions.ts';
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
import type { Member, TicketFields } from './support/world.ts';

/** What the path names first is what permission is asked for. */
const kindOf = ({ path }: StaffRoute): ResourceKind | undefined => {
  const first = /\{(\w+)\}/.exec(path)?.[1] ?? '';
  return ({ ticketId: 'ticket', number: 'ticket', teamId: 'team', inboxId: 'inbox' } as const)[first];
};

const placed = routes.filter(
  (route): route is StaffRoute => route.kind === 'staff' && kindOf(route) !== undefined && !PERSON_ONLY.has(route.id),
);
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
