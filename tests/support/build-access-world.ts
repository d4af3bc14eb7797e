import { inArray } from 'drizzle-orm';
import type { Id } from '#schema/ids.ts';
import {
  inboxes,
  inboxMemberships,
  principal,
  principalRoleAssignments,
  teamMemberships,
  teams,
  ticketParticipants,
  ticketShares,
  tickets,
} from '#schema/index.ts';
import type { TicketFacts } from '#services/access/can.ts';
import type { Permission } from '#services/access/permissions.ts';
import { qb, statement } from '#services/kernel/query.ts';
import { factsOfRow } from '#services/tickets/ticket-queries.ts';
import type { AccessWorld } from './access-worlds.ts';
import { WORLD_SIZE } from './access-worlds.ts';
import type { Member, TestKey, World } from './world.ts';

export interface BuiltTicket {
  id: Id<'tkt'>;
  facts: TicketFacts;
  deleted: boolean;
}

export interface BuiltWorld {
  people: Member[];
  keys: { key: TestKey; creator: Member }[];
  tickets: BuiltTicket[];
}

const PAST = new Date('2026-01-01T00:00:00Z');
/** Later than any test runs. */
const SOON = new Date('2126-01-01T00:00:00Z');
/** Within what any key may have; one without an end is for owners in person, and the worlds are about everybody else. */
const KEYS_END = new Date(Date.now() + 60 * 86_400_000);

/** Writes a generated workspace beside what is there already; every id in it is new. */
export async function buildAccessWorld(world: World, plan: AccessWorld): Promise<BuiltWorld> {
  const put = async (builder: Parameters<typeof statement>[0]): Promise<void> => {
    const { text, params } = statement(builder);
    await world.db.query(text, params);
  };
  const people = await each(WORLD_SIZE.people, () => world.member());
  const teamIds = await each(WORLD_SIZE.teams, async (n) => {
    const id = world.newId('team');
    await put(qb.insert(teams).values({ id, slug: id.replace('_', '-'), name: `Team ${n}` }));
    return id;
  });
  const inboxIds = await each(WORLD_SIZE.inboxes, async () => {
    const id = world.newId('inbox');
    await put(qb.insert(inboxes).values({ id, slug: id.replace('_', '-'), name: id }));
    return id;
  });
  const person = (n: number) => people[n] as Member;
  const team = (n: number) => teamIds[n] as Id<'team'>;
  const inbox = (n: number) => inboxIds[n] as Id<'inbox'>;

  for (const { person: p, team: t } of unique(plan.memberships))
    await put(
      qb
        .insert(teamMemberships)
        .values({ id: world.newId('tmem'), teamId: team(t), principalId: person(p).id })
        .onConflictDoNothing(),
    );
  for (const { person: p, inbox: i, role } of plan.inboxMemberships)
    await put(
      qb
        .insert(inboxMemberships)
        .values({ id: world.newId('ibmem'), inboxId: inbox(i), principalId: person(p).id, role: role as 'agent' })
        .onConflictDoNothing(),
    );
  const roleIds = new Map<readonly Permission[], Id<'role'>>();
  const roleOf = async (permissions: readonly Permission[]): Promise<Id<'role'>> => {
    const id = roleIds.get(permissions) ?? (await world.role(permissions));
    roleIds.set(permissions, id);
    return id;
  };
  for (const { person: p, permissions, scope, until } of plan.grants)
    await put(
      qb
        .insert(principalRoleAssignments)
        .values({
          id: world.newId('rasn'),
          principalId: person(p).id,
          roleId: await roleOf(permissions),
          scopeKind: scope.kind,
          teamId: scope.kind === 'team' ? team(scope.team) : null,
          inboxId: scope.kind === 'inbox' ? inbox(scope.inbox) : null,
          createdAt: PAST,
          expiresAt: until === 'ever' ? null : until === 'over' ? new Date(PAST.getTime() + 1) : SOON,
        })
        .onConflictDoNothing(),
    );
  const keys = [];
  for (const { creator, scopes, teams: limitTeams, inboxes: limitInboxes } of plan.keys) {
    const key = await world.keyFor(scopes, {
      creator: person(creator),
      expiresAt: KEYS_END,
      ...(limitTeams === null ? {} : { teamIds: limitTeams.map(team) }),
      ...(limitInboxes === null ? {} : { inboxIds: limitInboxes.map(inbox) }),
    });
    keys.push({ key, creator: person(creator) });
  }
  const built: BuiltTicket[] = [];
  for (const planned of plan.tickets) built.push(await buildTicket(world, put, planned, { person, team, inbox }));
  if (plan.suspended.length > 0)
    await put(
      qb
        .update(principal)
        .set({ memberState: 'suspended' })
        .where(
          inArray(
            principal.id,
            plan.suspended.map((n) => person(n).id),
          ),
        ),
    );
  if (plan.archivedTeams.length > 0)
    await put(
      qb
        .update(teams)
        .set({ archivedAt: PAST })
        .where(inArray(teams.id, plan.archivedTeams.map(team))),
    );
  if (plan.archivedInboxes.length > 0)
    await put(
      qb
        .update(inboxes)
        .set({ archivedAt: PAST })
        .where(inArray(inboxes.id, plan.archivedInboxes.map(inbox))),
    );
  return { people, keys, tickets: built };
}

async function buildTicket(
  world: World,
  put: (builder: Parameters<typeof statement>[0]) => Promise<void>,
  planned: AccessWorld['tickets'][number],
  at: { person(n: number): Member; team(n: number): Id<'team'>; inbox(n: number): Id<'inbox'> },
): Promise<BuiltTicket> {
  const maybe = <T>(n: number | null, get: (n: number) => T): T | null => (n === null ? null : get(n));
  const row = {
    visibility: planned.visibility,
    primaryTeamId: maybe(planned.primaryTeam, at.team),
    assigneeTeamId: maybe(planned.assigneeTeam, at.team),
    inboxId: maybe(planned.inbox, at.inbox),
    assigneePrincipalId: maybe(planned.assignee, (n) => at.person(n).id),
    createdByPrincipalId: maybe(planned.creator, (n) => at.person(n).id),
  };
  const { id } = await world.ticket(row);
  for (const { team, level, revoked } of planned.shares)
    await put(
      qb.insert(ticketShares).values({
        id: world.newId('tshare'),
        ticketId: id,
        teamId: at.team(team),
        level,
        actorKind: 'system',
        revokedAt: revoked ? PAST : null,
      }),
    );
  for (const p of planned.participants)
    await put(
      qb.insert(ticketParticipants).values({
        id: world.newId('tpart'),
        ticketId: id,
        principalId: at.person(p).id,
        role: 'collaborator',
        actorKind: 'system',
      }),
    );
  if (planned.deleted)
    await put(
      qb
        .update(tickets)
        .set({ deletedAt: PAST })
        .where(inArray(tickets.id, [id])),
    );
  const shares = planned.shares
    .filter(({ revoked }) => !revoked)
    .map(({ team, level }) => ({ teamId: at.team(team), level }));
  const facts = factsOfRow(
    row,
    shares,
    planned.participants.map((p) => at.person(p).id),
  );
  return { id, facts, deleted: planned.deleted };
}

async function each<T>(count: number, make: (n: number) => Promise<T>): Promise<T[]> {
  const made: T[] = [];
  for (let n = 0; n < count; n += 1) made.push(await make(n));
  return made;
}

const unique = <T>(all: readonly T[]): T[] => [...new Map(all.map((each) => [JSON.stringify(each), each])).values()];
