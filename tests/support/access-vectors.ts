import { readdirSync, readFileSync } from 'node:fs';
import * as z from 'zod';
import { type Id, idToUuid } from '#schema/ids.ts';
import {
  inboxes,
  inboxMemberships,
  principalRoleAssignments,
  ticketParticipants,
  ticketShares,
} from '#schema/index.ts';
import { INBOX_ROLES, MEMBER_STATES, SHARE_LEVELS, TICKET_VISIBILITIES } from '#schema/values.ts';
import type { TicketFacts } from '#services/access/can.ts';
import { PERMISSION_KEYS, PERMISSIONS, type Permission } from '#services/access/permissions.ts';
import { SYSTEM_ROLES, type SystemRoleKey } from '#services/access/system-roles.ts';
import { qb } from '#services/kernel/query.ts';
import { factsOfRow } from '#services/tickets/ticket-queries.ts';
import { type Place, systemRole, type World } from './world.ts';

const FOLDER = new URL('../vectors/access/', import.meta.url).pathname;

/** What is decided about a ticket; sight is the level, and a new ticket is decided at a place. */
export const TICKET_ACTIONS = PERMISSION_KEYS.filter(
  (key) => PERMISSIONS[key].resource === 'ticket' && !key.startsWith('ticket.view_'),
);

const name = z.string().min(1);
const permission = z.enum(PERMISSION_KEYS as [Permission, ...Permission[]]);
const place = z.strictObject({ archived: z.boolean().default(false) });
const grant = z.strictObject({
  role: z.enum(Object.keys(SYSTEM_ROLES) as [SystemRoleKey, ...SystemRoleKey[]]).optional(),
  permissions: z.array(permission).optional(),
  at: z.union([z.strictObject({ team: name }), z.strictObject({ inbox: name })]).optional(),
  expired: z.boolean().default(false),
});

/** `tests/vectors/README.md` says what each part means. */
export const AccessVector = z.strictObject({
  says: z.string(),
  world: z.strictObject({
    teams: z.record(name, place),
    inboxes: z.record(name, place),
    people: z.record(
      name,
      z.strictObject({
        teams: z.array(name).default([]),
        inboxes: z.record(name, z.enum(INBOX_ROLES)).default({}),
        grants: z.array(grant).default([]),
        state: z.enum(MEMBER_STATES).default('active'),
      }),
    ),
    keys: z
      .record(
        name,
        z.strictObject({
          creator: name,
          scopes: z.union([z.literal('all'), z.array(permission)]),
          teams: z.array(name).optional(),
          inboxes: z.array(name).optional(),
        }),
      )
      .default({}),
    tickets: z.record(
      name,
      z.strictObject({
        visibility: z.enum(TICKET_VISIBILITIES).default('team'),
        team: name.optional(),
        assigneeTeam: name.optional(),
        inbox: name.optional(),
        assignee: name.optional(),
        createdBy: name.optional(),
        participants: z.array(name).default([]),
        shares: z
          .array(z.strictObject({ team: name, level: z.enum(SHARE_LEVELS), revoked: z.boolean().default(false) }))
          .default([]),
        deleted: z.boolean().default(false),
      }),
    ),
  }),
  answers: z.array(
    z.strictObject({
      who: name,
      ticket: name,
      level: z.enum(['read', 'comment', 'full', 'own']).nullable(),
      may: z.union([z.literal('all'), z.array(permission)]),
      not: z.partialRecord(permission, z.string()).default({}),
    }),
  ),
});

export type AccessVector = z.output<typeof AccessVector>;

export const accessVectors = (): [string, AccessVector][] =>
  readdirSync(FOLDER)
    .toSorted()
    .map((file) => [
      file.replace('.json', ''),
      AccessVector.parse(JSON.parse(readFileSync(`${FOLDER}${file}`, 'utf8'))),
    ]);

export interface VectorWorld {
  /** The token of each person, by a key with every scope, and of each key. */
  tokens: ReadonlyMap<string, string>;
  tickets: ReadonlyMap<string, { id: Id<'tkt'>; facts: TicketFacts; deleted: boolean }>;
}

const PAST = new Date('2026-01-01T00:00:00Z');

/** Writes the world of a vector beside what is there already; every id in it is new. */
export async function buildVectorWorld(world: World, { world: plan }: AccessVector): Promise<VectorWorld> {
  const ids = new Map<string, string>();
  const of = <P extends 'team' | 'inbox' | 'prin'>(kind: P, key: string): Id<P> => {
    const id = ids.get(`${kind} ${key}`);
    if (id === undefined) throw new TypeError(`no ${kind} is called ${key}`);
    return id as Id<P>;
  };
  for (const key of Object.keys(plan.teams)) ids.set(`team ${key}`, await world.team());
  for (const key of Object.keys(plan.inboxes)) {
    const id = world.newId('inbox');
    await world.put(qb.insert(inboxes).values({ id, slug: id.replace('_', '-'), name: id }));
    ids.set(`inbox ${key}`, id);
  }
  const tokens = new Map<string, string>();
  const members = new Map<string, Awaited<ReturnType<World['member']>>>();
  for (const [key, person] of Object.entries(plan.people)) {
    const member = await world.member({ teams: person.teams.map((team) => of('team', team)) });
    members.set(key, member);
    ids.set(`prin ${key}`, member.id);
    for (const [inbox, role] of Object.entries(person.inboxes))
      await world.put(
        qb
          .insert(inboxMemberships)
          .values({ id: world.newId('ibmem'), inboxId: of('inbox', inbox), principalId: member.id, role }),
      );
    for (const held of person.grants) {
      const at: Place | undefined =
        held.at === undefined
          ? undefined
          : 'team' in held.at
            ? { teamId: of('team', held.at.team) }
            : { inboxId: of('inbox', held.at.inbox) };
      await world.put(
        qb.insert(principalRoleAssignments).values({
          id: world.newId('rasn'),
          principalId: member.id,
          roleId: held.role === undefined ? await world.role(held.permissions ?? []) : systemRole(held.role),
          ...(at === undefined ? {} : { scopeKind: 'teamId' in at ? 'team' : 'inbox', ...at }),
          ...(held.expired ? { createdAt: PAST, expiresAt: new Date(PAST.getTime() + 1) } : {}),
        }),
      );
    }
    tokens.set(key, (await world.keyFor(PERMISSION_KEYS, { creator: member })).token);
  }
  for (const [key, { creator, scopes, ...limits }] of Object.entries(plan.keys)) {
    const made = await world.keyFor(scopes === 'all' ? PERMISSION_KEYS : scopes, {
      creator: members.get(creator) ?? world.owner,
      ...(limits.teams === undefined ? {} : { teamIds: limits.teams.map((team) => of('team', team)) }),
      ...(limits.inboxes === undefined ? {} : { inboxIds: limits.inboxes.map((inbox) => of('inbox', inbox)) }),
    });
    tokens.set(key, made.token);
  }
  const built = new Map<string, { id: Id<'tkt'>; facts: TicketFacts; deleted: boolean }>();
  for (const [key, planned] of Object.entries(plan.tickets)) built.set(key, await buildTicket(world, planned, of));
  await close(world, plan, of);
  return { tokens, tickets: built };
}

type Naming = <P extends 'team' | 'inbox' | 'prin'>(kind: P, key: string) => Id<P>;

async function buildTicket(world: World, planned: AccessVector['world']['tickets'][string], of: Naming) {
  const maybe = <P extends 'team' | 'inbox' | 'prin'>(kind: P, key: string | undefined) =>
    key === undefined ? null : of(kind, key);
  const row = {
    visibility: planned.visibility,
    primaryTeamId: maybe('team', planned.team),
    assigneeTeamId: maybe('team', planned.assigneeTeam),
    inboxId: maybe('inbox', planned.inbox),
    assigneePrincipalId: maybe('prin', planned.assignee),
    createdByPrincipalId: maybe('prin', planned.createdBy),
  };
  const { id } = await world.ticket({ ...row, ...(planned.deleted ? { deletedAt: PAST } : {}) });
  for (const { team, level, revoked } of planned.shares)
    await world.put(
      qb.insert(ticketShares).values({
        id: world.newId('tshare'),
        ticketId: id,
        teamId: of('team', team),
        level,
        actorKind: 'system',
        revokedAt: revoked ? PAST : null,
      }),
    );
  const participants = planned.participants.map((person) => of('prin', person));
  for (const principalId of participants)
    await world.put(
      qb
        .insert(ticketParticipants)
        .values({ id: world.newId('tpart'), ticketId: id, principalId, role: 'collaborator', actorKind: 'system' }),
    );
  const shares = planned.shares
    .filter(({ revoked }) => !revoked)
    .map(({ team, level }) => ({ teamId: of('team', team), level }));
  return { id, facts: factsOfRow(row, shares, participants), deleted: planned.deleted };
}

/** What has ended in the world ends last, so that everything in it could be made. */
async function close(world: World, plan: AccessVector['world'], of: Naming): Promise<void> {
  const archived = (places: Record<string, { archived: boolean }>, kind: 'team' | 'inbox'): string[] =>
    Object.entries(places).flatMap(([key, each]) => (each.archived ? [idToUuid(of(kind, key))] : []));
  await world.db.query('update teams set archived_at = $2 where id = any ($1::uuid[])', [
    archived(plan.teams, 'team'),
    PAST,
  ]);
  await world.db.query('update inboxes set archived_at = $2 where id = any ($1::uuid[])', [
    archived(plan.inboxes, 'inbox'),
    PAST,
  ]);
  for (const [key, { state }] of Object.entries(plan.people))
    await world.db.query('update principal set member_state = $2, member_ended_at = $3 where id = $1', [
      idToUuid(of('prin', key)),
      state,
      state === 'removed' ? PAST : null,
    ]);
}
