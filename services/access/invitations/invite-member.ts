import { and, eq, inArray, sql } from 'drizzle-orm';
import type { InvitationWithLink } from '#schema/api/invitations.ts';
import { requireEmail } from '#schema/email-address.ts';
import { ServiceError } from '#schema/errors.ts';
import { type Id, newId } from '#schema/ids.ts';
import { invitation, principal, teams, user } from '#schema/index.ts';
import { change, event } from '#services/kernel/change.ts';
import { qb, rows, statement } from '#services/kernel/query.ts';
import { requireAtMost, unknownReference } from '#services/kernel/refusals.ts';
import { type Deciding, defineVerb } from '#services/kernel/verb.ts';
import type { Authority } from '../authority.ts';
import { requireCeiling } from '../ceiling.ts';
import { holdMember, holdRow } from '../hold.ts';
import { permitWorkspace } from '../permit.ts';
import { powersOfGrant } from '../roles/assignment-queries.ts';
import { type RoleRow, roleById } from '../roles/role-queries.ts';
import { type ActingRole, actingRolesQuery } from '../rules/acting-roles.ts';
import { requireOwner } from '../rules/owner-required.ts';
import { type Delivery, deliverInvitation } from './deliver-invitation.ts';
import { type InvitationRow, invitationPayload, invitationView, isOver } from './invitation-view.ts';
import { promisedUntil } from './promised-until.ts';

export interface InviteMemberInput {
  email: string;
  name: string | null;
  roleId: Id<'role'> | null;
  /** The grant ends so many days after they join; null is for ever. */
  roleDays: number | null;
  teamIds: readonly Id<'team'>[];
  note: string | null;
  expiresInDays: number;
  deliver: Delivery;
}

const MOST_PENDING = 200;
/** As one member may have. */
const MOST_TEAMS = 100;
const DAY_MS = 86_400_000;

/**
 * Invites somebody by address. What is promised is held by the inviter now, and again when it is accepted.
 * @throws ServiceError forbidden `missing_permission`, `key_scope`, `exceeds_ceiling`, `person_required`, `owner_required`; conflict
 *   `already_member`, `already_invited`; unprocessable `unknown_reference`, `scope_archived`, `limit_reached`.
 */
export const inviteMember = defineVerb({
  name: 'inviteMember',
  permission: 'admin.manage_users',

  load: (input: InviteMemberInput, { auth, now }) => {
    const email = requireEmail(input.email, '/email');
    return {
      pending: statement<InvitationRow[]>(
        qb
          .select()
          .from(invitation)
          .where(and(eq(invitation.email, email), eq(invitation.state, 'pending'))),
      ),
      member: statement(
        qb
          .select({ state: principal.memberState })
          .from(principal)
          .innerJoin(user, eq(user.id, principal.userId))
          .where(eq(user.email, email)),
      ),
      role: roleById(input.roleId ?? undefined),
      teams: statement(
        qb
          .select({ id: teams.id, archivedAt: teams.archivedAt, revision: teams.revision })
          .from(teams)
          .where(inArray(teams.id, [...input.teamIds])),
      ),
      acting: actingRolesQuery(auth, now),
      full: rows<{ full: boolean }>(
        sql`select exists (select from invitation where state = 'pending' and expires_at > ${now.toISOString()}::timestamptz offset ${MOST_PENDING - 1}) as full`,
      ),
    };
  },

  decide(loaded, input, by) {
    const { authority, now } = by;
    const permit = permitWorkspace(authority, 'admin.manage_users', { view: 'admin.manage_users', single: false });
    const [role] = loaded.role;
    const expiresAt = new Date(now.getTime() + input.expiresInDays * DAY_MS);
    if (input.roleId !== null)
      requireMayPromise(authority, loaded.acting, role, promisedUntil(input.roleDays, expiresAt));
    requireAtMost(MOST_TEAMS, input.teamIds, '/teamIds');
    requireLiveTeams(input.teamIds, loaded.teams);
    const [state] = loaded.member.map((member) => member.state);
    if (state === 'active' || state === 'suspended') {
      throw new ServiceError('conflict', 'This address is of a member.', { reason: 'already_member' });
    }
    const [earlier] = loaded.pending;
    if (earlier !== undefined && !isOver(earlier, now)) {
      throw new ServiceError('conflict', 'There is an open invitation to this address.', {
        reason: 'already_invited',
        extra: { existingId: earlier.id },
      });
    }
    if (loaded.full[0]?.full === true) {
      throw new ServiceError('unprocessable', `At most ${MOST_PENDING} invitations are open at a time.`, {
        reason: 'limit_reached',
      });
    }
    const made = newInvitation(input, expiresAt, by);
    const delivered = deliverInvitation(made, by, input.deliver);
    const row = { ...made, tokenHash: delivered.tokenHash, lastSentAt: input.deliver === 'link' ? now : null };
    return change<InvitationWithLink>({
      permit,
      answer: { ...invitationView(row, now), acceptUrl: delivered.acceptUrl },
      holds: [
        holdMember(authority.holderId),
        ...(role === undefined ? [] : [holdRow('roles', role.role)]),
        ...loaded.teams.map((team) => holdRow('teams', team)),
      ],
      roots: [...(earlier === undefined ? [] : [closed(earlier)]), { kind: 'insert', table: invitation, row }],
      writes: delivered.writes,
      audit: {
        action: 'invitation.created',
        target: { type: 'invitation', id: row.id, label: row.email },
        changes: {
          email: [null, row.email],
          role: [null, role?.role.key ?? null],
          roleDays: [null, row.roleDays],
          teamIds: [null, row.teamIds],
          expiresAt: [null, expiresAt.toISOString()],
          deliver: [null, input.deliver],
        },
      },
      events: [
        ...(earlier === undefined
          ? []
          : [
              event({
                type: 'invitation.revoked',
                entity: earlier.id,
                audience: 'internal',
                payload: invitationPayload(earlier),
              }),
            ]),
        event({
          type: 'invitation.created',
          entity: row.id,
          audience: 'internal',
          payload: { ...invitationPayload(row), deliver: input.deliver },
        }),
      ],
      wakes: delivered.wakes,
    });
  },
});

function requireMayPromise(
  authority: Authority,
  acting: readonly ActingRole[],
  row: RoleRow | undefined,
  until: Date | null,
): void {
  permitWorkspace(authority, 'admin.manage_roles', { view: 'admin.manage_roles', single: false });
  if (row === undefined) throw unknownReference('/roleId');
  requireCeiling(authority, powersOfGrant(row.permissions, { kind: 'workspace' }, until));
  if (row.role.isSystem && row.role.key === 'owner') requireOwner(authority, acting);
}

function requireLiveTeams(
  wanted: readonly Id<'team'>[],
  found: readonly { id: Id<'team'>; archivedAt: Date | null }[],
): void {
  for (const [at, teamId] of wanted.entries()) {
    const team = found.find(({ id }) => id === teamId);
    if (team === undefined) throw unknownReference(`/teamIds/${at}`);
    if (team.archivedAt !== null) {
      const detail = 'This team is archived.';
      throw new ServiceError('unprocessable', detail, {
        reason: 'scope_archived',
        errors: [{ in: 'body', pointer: `/teamIds/${at}`, code: 'scope_archived', detail }],
      });
    }
  }
}

/** An invitation whose time is over makes room for the next one to its address. */
const closed = (loaded: InvitationRow) =>
  ({ kind: 'update', table: invitation, what: 'invitation', loaded, set: { state: 'revoked' } }) as const;

const newInvitation = (
  input: InviteMemberInput,
  expiresAt: Date,
  { authority, now, ids }: Deciding & { authority: Authority },
): InvitationRow => ({
  id: newId(ids, 'inv'),
  email: requireEmail(input.email, '/email'),
  name: input.name,
  roleId: input.roleId,
  roleDays: input.roleDays,
  teamIds: [...new Set(input.teamIds)],
  note: input.note,
  state: 'pending',
  tokenHash: null,
  expiresAt,
  invitedByPrincipalId: authority.holderId,
  acceptedPrincipalId: null,
  acceptedAt: null,
  lastSentAt: null,
  sendCount: 0,
  createdAt: now,
  revision: 1,
  eventSeq: 0,
});
