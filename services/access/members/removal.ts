import { eq } from 'drizzle-orm';
import type { Id } from '#schema/ids.ts';
import {
  apiKeys,
  bulkJobs,
  inboxes,
  inboxMemberships,
  invitation,
  principal,
  teamMemberships,
  ticketSubscriptions,
  webhooks,
} from '#schema/index.ts';
import { actorOf } from '#services/kernel/actor.ts';
import { type EventDraft, event, type LoadedRoot, type RootWrite } from '#services/kernel/change.ts';
import { qb, type Statement, statement } from '#services/kernel/query.ts';
import { keyPayload } from '../api-keys/key-view.ts';
import type { Authority } from '../authority.ts';
import { endGrants, revokedEvents } from '../roles/end-grants.ts';
import { bumpOwnerRole } from '../rules/last-owner.ts';
import { type MemberRow, memberPayload } from './member-queries.ts';
import { holdsOwner } from './owner-member.ts';
import { nothingLeft, type Possessions } from './possessions.ts';

export interface Removal {
  before: MemberRow;
  has: Possessions;
  ownerRole: readonly LoadedRoot[];
  /** Who gets the keys and endpoints instead of their end. */
  keysTo: Id<'prin'> | null;
  ticketsTo: Id<'prin'> | null;
  jobId: Id<'bulk'>;
  authority: Authority;
  now: Date;
}

/** The member first: whoever gives them something meanwhile holds that row, and one of the two waits. */
export function removalRoots({ before, has, ownerRole, keysTo, now }: Removal): RootWrite[] {
  const gone = { memberState: 'removed', memberEndedAt: now, tokensValidAfter: now };
  return [
    { kind: 'update', table: principal, what: 'member', loaded: before.member, set: gone },
    ...(holdsOwner(before) ? [bumpOwnerRole(ownerRole)] : []),
    ...many(
      apiKeys,
      'keys',
      has.keys,
      keysTo === null ? { revokedAt: now, revokeReason: 'member_removed' } : { creatorPrincipalId: keysTo },
    ),
    ...(keysTo === null ? [] : many(webhooks, 'webhooks', has.webhooks, { ownerPrincipalId: keysTo })),
    ...many(invitation, 'invitations', has.invitations, { state: 'revoked', tokenHash: null }),
    ...many(
      inboxes,
      'inboxes',
      has.inboxes.map(({ inbox }) => inbox),
      {},
    ),
  ];
}

const many = (
  table: Extract<RootWrite, { kind: 'updates' }>['table'],
  what: string,
  loaded: readonly LoadedRoot[],
  set: Record<string, unknown>,
): RootWrite[] => (loaded.length === 0 ? [] : [{ kind: 'updates', table, what, loaded, set }]);

export function removalWrites({ before, has, jobId, ticketsTo, authority, now }: Removal): Statement[] {
  const { id } = before.member;
  const actor = actorOf(authority);
  return [
    ...endGrants(has.grants, 'member_removed', now),
    statement(qb.delete(teamMemberships).where(eq(teamMemberships.principalId, id))),
    statement(qb.delete(inboxMemberships).where(eq(inboxMemberships.principalId, id))),
    statement(qb.delete(ticketSubscriptions).where(eq(ticketSubscriptions.principalId, id))),
    statement(
      qb.insert(bulkJobs).values({
        id: jobId,
        kind: 'release_assignee',
        actorKind: actor.actorKind,
        actorId: actor.actorId,
        actorLabel: actor.actorLabel,
        principalId: authority.principalId,
        apiKeyId: authority.keyId,
        params: { principalId: id, reassignTo: ticketsTo },
        heartbeatAt: now,
        createdAt: now,
      }),
    ),
    nothingLeft(id),
  ];
}

/** One for the member, and one for each thing that ended. */
export function removalEvents({ before, has, keysTo, jobId }: Removal): EventDraft[] {
  const { id } = before.member;
  const told = { audience: 'internal' } as const;
  return [
    event({
      type: 'member.removed',
      entity: id,
      ...told,
      payload: {
        ...memberPayload({ ...before, member: { ...before.member, memberState: 'removed' } }),
        releaseJobId: jobId,
        transferredKeyIds: keysTo === null ? [] : has.keys.map((key) => key.id),
      },
    }),
    ...revokedEvents(has.grants, 'member_removed'),
    ...has.memberships.map(({ teamId, role, source }) =>
      event({
        type: 'team_membership.removed',
        entity: id,
        ...told,
        teamIds: [teamId],
        payload: { teamId, principalId: id, role, source },
      }),
    ),
    ...has.inboxes.map(({ membership: { inboxId, role } }) =>
      event({
        type: 'inbox_membership.removed',
        entity: inboxId,
        ...told,
        inboxIds: [inboxId],
        payload: { inboxId, principalId: id, role },
      }),
    ),
    ...has.invitations.map((each) =>
      event({
        type: 'invitation.revoked',
        entity: each.id,
        ...told,
        payload: {
          invitationId: each.id,
          email: each.email,
          roleId: each.roleId,
          teamIds: each.teamIds,
          invitedBy: each.invitedByPrincipalId,
          expiresAt: each.expiresAt.toISOString(),
        },
      }),
    ),
    ...has.keys.map((key) =>
      keysTo === null
        ? event({
            type: 'api_key.revoked',
            entity: key.id,
            ...told,
            payload: { ...keyPayload(key), reason: 'member_removed' },
          })
        : event({
            type: 'api_key.updated',
            entity: key.id,
            ...told,
            payload: {
              ...keyPayload({ ...key, creatorPrincipalId: keysTo }),
              changes: [{ field: 'creatorId', from: id, to: keysTo }],
              added: [],
              removed: [],
            },
          }),
    ),
  ];
}
