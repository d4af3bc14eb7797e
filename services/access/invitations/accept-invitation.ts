import type { Member } from '#schema/api/members.ts';
import { ServiceError } from '#schema/errors.ts';
import { type Id, newId } from '#schema/ids.ts';
import { invitation, principalRoleAssignments, teamMemberships } from '#schema/index.ts';
import { change, event, type RootWrite } from '#services/kernel/change.ts';
import { qb, type Statement, statement } from '#services/kernel/query.ts';
import { type Deciding, defineIdentityVerb } from '#services/kernel/verb.ts';
import { holdRow } from '../hold.ts';
import { identityPermit, notFound } from '../permit.ts';
import { type Assignment, assignmentPayload } from '../roles/assignment-queries.ts';
import { bumpOwnerRole } from '../rules/last-owner.ts';
import { nameIn, provenEmail } from '../sign-in/claims.ts';
import { actorFor, refused } from '../sign-in/decide-sign-in.ts';
import type { Identity } from '../sign-in/identity.ts';
import { holdIssuer, insertAccount, type Newcomer, newcomer, noteClaims } from '../sign-in/person-writes.ts';
import { type InvitationRow, invitationPayload } from './invitation-view.ts';
import { invitedQueries, type LiveTeam } from './invited-queries.ts';
import { holdInviter, requireInviter } from './inviter.ts';
import { requireOpen } from './require-open.ts';

const DAY_MS = 86_400_000;

/**
 * Makes a member of the person who holds both the invitation and a verified token for its address. The only way back for
 * somebody who was removed, with what the invitation gives and nothing of before.
 * @throws ServiceError not_found; conflict `invitation_used`, `invitation_expired`, `invitation_mismatch`, `already_member`,
 *   `inviter_lost_authority`; unprocessable `limit_reached`; unauthenticated `token_revoked`.
 */
export const acceptInvitation = defineIdentityVerb({
  name: 'acceptInvitation',
  permission: 'identity',
  load: ({ token }: { token: string }, { now }) => invitedQueries(token, now),

  decide(loaded, _input, by) {
    const { identity, now } = by;
    const [row] = loaded.found;
    if (row === undefined) throw notFound();
    requireOpen(row, now);
    const { token, signIn } = identity;
    if (provenEmail(token.claims, signIn.issuer) !== row.email) {
      throw new ServiceError('conflict', 'This invitation is for another address than the one your token proves.', {
        reason: 'invitation_mismatch',
      });
    }
    const [role] = loaded.role;
    const until = row.roleDays === null ? null : new Date(now.getTime() + row.roleDays * DAY_MS);
    requireInviter(row, loaded, until);
    requireNoMember(identity);
    if (loaded.full[0]?.full === true) {
      throw new ServiceError('unprocessable', 'The workspace has as many members as it may.', {
        reason: 'limit_reached',
      });
    }
    const proven = { email: row.email, name: row.name ?? nameIn(token.claims, row.email) };
    const joined = newcomer(signIn, { ...proven, byAccount: signIn.account !== null }, by);
    const granted = role === undefined ? undefined : grantOf(row, role, joined, until, by);
    const isOwner = role?.role.isSystem === true && role.role.key === 'owner';
    const teams = loaded.teams.filter(({ archivedAt }) => archivedAt === null);
    return change<Member>({
      permit: identityPermit(identity),
      answer: memberOf(joined, granted, teams),
      holds: [
        holdIssuer(identity),
        holdInviter(row, loaded.inviter, now),
        ...(role === undefined || isOwner ? [] : [holdRow('roles', role.role)]),
        ...teams.map((team) => holdRow('teams', team)),
        ...joined.holds,
      ],
      roots: [
        ...joined.roots,
        ...joined.tied.roots,
        accepted(row, joined, now),
        ...(isOwner ? [bumpOwnerRole([role.role])] : []),
      ],
      writes: [
        ...accountWrites(identity, joined, by),
        ...joined.tied.writes,
        ...(granted === undefined ? [] : [statement(qb.insert(principalRoleAssignments).values(granted.grant))]),
        ...membershipRows(teams, joined, by),
      ],
      audit: {
        action: 'invitation.accepted',
        target: { type: 'invitation', id: row.id, label: row.email },
        changes: {
          principalId: [null, joined.principalId],
          issuerId: [null, signIn.issuer.id],
          state: [signIn.person?.memberState ?? null, 'active'],
          role: [null, role?.role.key ?? null],
          expiresAt: [null, until?.toISOString() ?? null],
          teamIds: [null, teams.map(({ id }) => id)],
        },
      },
      events: eventsOf(row, joined, granted, teams),
    });
  },

  actor: ({ id, displayName }) => actorFor({ principalId: id as Id<'prin'>, displayName }),
});

/** Somebody signed out everywhere comes in with a newer token only. */
function requireNoMember({ token, signIn: { person, account } }: Identity): void {
  if (person === null || (account === null && !person.emailVerified)) return;
  if (person.memberState === 'active' || person.memberState === 'suspended')
    throw new ServiceError('conflict', 'You are a member already.', { reason: 'already_member' });
  if (person.tokensValidAfter !== null && person.tokensValidAfter > token.issuedAt) throw refused('token_revoked');
}

const accepted = (loaded: InvitationRow, { principalId }: Newcomer, now: Date): RootWrite => ({
  kind: 'update',
  table: invitation,
  what: 'invitation',
  loaded,
  set: { state: 'accepted', acceptedPrincipalId: principalId, acceptedAt: now },
});

/** The claims of this moment bring nothing beside the invitation: they count as acted on. */
function accountWrites(identity: Identity, { userId }: Newcomer, by: Pick<Deciding, 'ids' | 'now'>): Statement[] {
  const { account, news } = identity.signIn;
  if (account === null) return [insertAccount(identity, userId, by)];
  return news === null ? [] : [noteClaims(account.id, identity)];
}

type Granted = Pick<Assignment, 'grant' | 'role' | 'permissions'>;

const grantOf = (
  { invitedByPrincipalId }: InvitationRow,
  { role, permissions }: { role: Assignment['role']; permissions: string[] },
  { principalId }: Newcomer,
  expiresAt: Date | null,
  { ids, now }: Pick<Deciding, 'ids' | 'now'>,
): Granted => ({
  grant: {
    id: newId(ids, 'rasn'),
    principalId,
    roleId: role.id,
    scopeKind: 'workspace',
    teamId: null,
    inboxId: null,
    grantedByPrincipalId: invitedByPrincipalId,
    reason: null,
    source: 'invitation',
    issuerId: null,
    expiresAt,
    revokedAt: null,
    revokeReason: null,
    createdAt: now,
  },
  role,
  permissions,
});

const membershipRows = (
  teams: readonly LiveTeam[],
  { principalId }: Newcomer,
  { ids, now }: Pick<Deciding, 'ids' | 'now'>,
) =>
  teams.length === 0
    ? []
    : [
        statement(
          qb
            .insert(teamMemberships)
            .values(teams.map(({ id: teamId }) => ({ id: newId(ids, 'tmem'), teamId, principalId, createdAt: now }))),
        ),
      ];

function eventsOf(
  row: InvitationRow,
  { principalId, displayName, email, tied }: Newcomer,
  granted: Granted | undefined,
  teams: readonly LiveTeam[],
) {
  const told = { entity: principalId, audience: 'internal' } as const;
  return [
    event({
      type: 'invitation.accepted',
      entity: row.id,
      audience: 'internal',
      payload: { ...invitationPayload(row), principalId },
    }),
    event({
      ...told,
      type: 'member.added',
      payload: { principalId, displayName, email, state: 'active', source: 'invitation' },
    }),
    ...(granted === undefined
      ? []
      : [event({ ...told, type: 'role_assignment.created', payload: assignmentPayload(granted) })]),
    ...tied.events,
    ...teams.map(({ id: teamId }) =>
      event({
        ...told,
        type: 'team_membership.added',
        teamIds: [teamId],
        payload: { teamId, principalId, role: 'member', source: 'manual' },
      }),
    ),
  ];
}

const memberOf = (joined: Newcomer, granted: Granted | undefined, teams: readonly LiveTeam[]): Member => ({
  id: joined.principalId,
  displayName: joined.displayName,
  avatarUrl: joined.avatarUrl,
  teams: teams.map(({ id }) => ({ teamId: id, role: 'member' })),
  email: joined.email,
  state: 'active',
  grants:
    granted === undefined
      ? []
      : [
          {
            assignmentId: granted.grant.id,
            roleId: granted.role.id,
            roleKey: granted.role.key,
            scope: { kind: 'workspace' },
            expiresAt: granted.grant.expiresAt?.toISOString() ?? null,
          },
        ],
  memberSince: joined.memberSince.toISOString(),
  memberEndedAt: null,
  version: joined.version,
});
