import { eq } from 'drizzle-orm';
import { type Id, type IdSource, newId } from '#schema/ids.ts';
import { principal, principalRoleAssignments, roles, user } from '#schema/index.ts';
import { type NewKey, newKey } from '#services/access/api-keys/new-key.ts';
import { PERMISSION_KEYS } from '#services/access/permissions.ts';
import { type AssignmentRow, assignmentPayload } from '#services/access/roles/assignment-queries.ts';
import type { RoleRow } from '#services/access/roles/role-queries.ts';
import { linkTo } from '#services/access/sign-in/person-writes.ts';
import type { SignIn } from '#services/access/sign-in/sign-in.ts';
import { type Change, type EventDraft, event } from '#services/kernel/change.ts';
import { qb, type Statement, statement } from '#services/kernel/query.ts';
import type { Person } from './setup-queries.ts';

const DAY_MS = 86_400_000;
/** Long enough to set up sign-in for people, short enough to be no key one forgets. */
const KEY_DAYS = 7;

export interface OwnerInput {
  email: string;
  /** Of somebody new; a person who is known keeps theirs. */
  name: string;
  found: Person | undefined;
  grant: AssignmentRow | undefined;
  role: RoleRow;
  /** Who has the address among the contacts. */
  contact: SignIn['contact'] | undefined;
}

export interface MadeOwner extends Pick<Change<unknown>, 'holds' | 'roots' | 'writes' | 'events'> {
  principalId: Id<'prin'>;
  displayName: string;
  key: NewKey;
  expiresAt: Date;
}

/** The parts of a commit that make a person owner for good, with a key of everything for seven days. */
export function makeOwner(
  input: OwnerInput,
  by: { now: Date; ids: IdSource; random: (bytes: Uint8Array) => Uint8Array },
): MadeOwner {
  const { now, ids } = by;
  const person = entered(input, by);
  const tied = linkTo(input.contact ?? null, person.userId, by);
  const grant: AssignmentRow = {
    id: newId(ids, 'rasn'),
    roleId: input.role.role.id,
    scopeKind: 'workspace',
    teamId: null,
    inboxId: null,
    grantedByPrincipalId: null,
    reason: null,
    source: 'setup',
    issuerId: null,
    revokedAt: null,
    revokeReason: null,
    createdAt: now,
    ...input.grant,
    principalId: person.id,
    expiresAt: null,
  };
  const expiresAt = new Date(now.getTime() + KEY_DAYS * DAY_MS);
  const key = newKey(
    {
      name: 'Set-up key',
      purpose: 'Made with the owner. Set up sign-in for people, then let it end.',
      creatorId: person.id,
      reach: {
        scopeKeys: [...PERMISSION_KEYS].sort(),
        teamIds: null,
        inboxIds: null,
        allowedIps: [],
        expiresAt,
      },
    },
    by,
  );
  const payload = assignmentPayload({ grant, role: input.role.role, permissions: input.role.permissions });
  return {
    principalId: person.id,
    displayName: person.displayName,
    key,
    expiresAt,
    holds: person.holds,
    roots: [
      ...person.roots,
      { kind: 'update', table: roles, what: 'role', loaded: input.role.role, set: {} },
      ...key.roots,
      ...tied.roots,
    ],
    writes: [...person.writes, ...tied.writes, writeGrant(grant, input.grant)],
    events: [...person.events, ...grantEvents(payload, input.grant, person.id), key.created, ...tied.events],
  };
}

const writeGrant = (grant: AssignmentRow, before: AssignmentRow | undefined): Statement =>
  before === undefined
    ? statement(qb.insert(principalRoleAssignments).values(grant))
    : statement(
        qb.update(principalRoleAssignments).set({ expiresAt: null }).where(eq(principalRoleAssignments.id, before.id)),
      );

function grantEvents(
  payload: ReturnType<typeof assignmentPayload>,
  before: AssignmentRow | undefined,
  entity: Id<'prin'>,
): EventDraft[] {
  if (before === undefined) return [event({ type: 'role_assignment.created', entity, audience: 'internal', payload })];
  if (before.expiresAt === null) return [];
  const previousExpiresAt = before.expiresAt.toISOString();
  return [
    event({
      type: 'role_assignment.updated',
      entity,
      audience: 'internal',
      payload: { ...payload, previousExpiresAt },
    }),
  ];
}

interface Entered extends Pick<Change<unknown>, 'holds' | 'roots' | 'writes' | 'events'> {
  id: Id<'prin'>;
  userId: Id<'user'>;
  displayName: string;
}

/** The person as an active member whose address counts as proved: whoever runs set-up vouches for it. */
function entered({ email, name, found }: OwnerInput, { now, ids }: { now: Date; ids: IdSource }): Entered {
  if (found === undefined) {
    const userId = newId(ids, 'user');
    const id = newId(ids, 'prin');
    const times = { createdAt: now, updatedAt: now };
    const row = { id, type: 'user', userId, displayName: name, memberState: 'active', memberSince: now, ...times };
    return {
      id,
      userId,
      displayName: name,
      // The principal refers to it, so it comes before the roots.
      holds: [statement(qb.insert(user).values({ id: userId, email, emailVerified: true, ...times }))],
      roots: [{ kind: 'insert', table: principal, row }],
      writes: [],
      events: [added(id, name, email)],
    };
  }
  const { id, displayName, memberState, memberSince } = found.principal;
  const set = { memberState: 'active' as const, memberSince: memberSince ?? now, memberEndedAt: null };
  return {
    id,
    userId: found.user.id,
    displayName,
    holds: [],
    roots: [{ kind: 'update', table: principal, what: 'member', loaded: found.principal, set }],
    writes: [statement(qb.update(user).set({ emailVerified: true, updatedAt: now }).where(eq(user.id, found.user.id)))],
    events:
      memberState === 'active' ? [] : [memberState === 'suspended' ? awake(found) : added(id, displayName, email)],
  };
}

const added = (principalId: Id<'prin'>, displayName: string, email: string): EventDraft =>
  event({
    type: 'member.added',
    entity: principalId,
    audience: 'internal',
    payload: { principalId, displayName, email, state: 'active', source: 'setup' },
  });

const awake = ({ principal: { id, displayName }, user: { email } }: Person): EventDraft =>
  event({
    type: 'member.updated',
    entity: id,
    audience: 'internal',
    payload: {
      principalId: id,
      displayName,
      email,
      state: 'active',
      changes: [{ field: 'state', from: 'suspended', to: 'active' }],
      reason: null,
    },
  });
