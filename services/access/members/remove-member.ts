import { and, eq, gt, isNull, or } from 'drizzle-orm';
import type { RemovedMember } from '#schema/api/members.ts';
import { ServiceError } from '#schema/errors.ts';
import { EVENTS } from '#schema/events.ts';
import { type Id, newId } from '#schema/ids.ts';
import { apiKeys } from '#schema/index.ts';
import { change, unchanged } from '#services/kernel/change.ts';
import { qb, statement } from '#services/kernel/query.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { keyPowers } from '../api-keys/key-powers.ts';
import type { Authority } from '../authority.ts';
import { type Power, requireCeiling, requireRank } from '../ceiling.ts';
import { holdMember } from '../hold.ts';
import { memberAuthorityQuery } from '../member-authority.ts';
import { notFound, permitWorkspace } from '../permit.ts';
import { actingRolesQuery } from '../rules/acting-roles.ts';
import { heldPowersOf } from '../rules/held-powers.ts';
import { ownerQueries, requireOwnerRemains } from '../rules/last-owner.ts';
import { requireOwner } from '../rules/owner-required.ts';
import { requireOther } from '../rules/self-change.ts';
import { memberById } from './member-queries.ts';
import { isPermanentOwner } from './owner-member.ts';
import { type Possessions, possessionQueries } from './possessions.ts';
import { type Removal, removalEvents, removalRoots, removalWrites } from './removal.ts';

export interface RemoveMemberInput {
  principalId: Id<'prin'>;
  reassignTicketsTo: Id<'prin'> | null;
  transferKeysTo: Id<'prin'> | null;
}

const MOST_KEYS_OF_ONE = 50;

/**
 * Takes everything from a member in one commit: state, grants, places, keys, invitations, subscriptions. Their open
 * tickets follow in a job that nobody can outrun. What they wrote keeps their name. The removed come back by invitation.
 * @throws ServiceError not_found; conflict `self_change`, `last_owner`; forbidden `outranks_you`, `exceeds_ceiling`,
 *   `person_required`, `owner_required`; unprocessable `target_not_member`, `limit_reached`.
 */
export const removeMember = defineVerb({
  name: 'removeMember',
  permission: 'admin.manage_users',
  target: ({ principalId }: RemoveMemberInput) => ({ type: 'principal', id: principalId }),

  load: ({ principalId, reassignTicketsTo, transferKeysTo }: RemoveMemberInput, { auth, now }) => ({
    found: memberById(principalId),
    held: heldPowersOf(principalId, now),
    ...ownerQueries(principalId),
    ...possessionQueries(principalId),
    taker: memberAuthorityQuery(reassignTicketsTo, now),
    heir: memberAuthorityQuery(transferKeysTo, now),
    acting: actingRolesQuery(auth, now),
    heirKeys: statement(
      qb
        .select({ id: apiKeys.id })
        .from(apiKeys)
        .where(
          and(
            eq(apiKeys.creatorPrincipalId, transferKeysTo ?? principalId),
            isNull(apiKeys.revokedAt),
            or(isNull(apiKeys.expiresAt), gt(apiKeys.expiresAt, now)),
          ),
        )
        .limit(MOST_KEYS_OF_ONE),
    ),
  }),

  decide(loaded, { principalId, reassignTicketsTo, transferKeysTo }, { authority, now, ids }) {
    const permit = permitWorkspace(authority, 'admin.manage_users', { view: 'team.view', single: true });
    const [before] = loaded.found;
    if (before === undefined) throw notFound();
    const has: Possessions = loaded;
    if (before.member.memberState === 'removed') return unchanged<RemovedMember>(permit, ALREADY);
    requireOther(authority, principalId);
    requireRank(authority, loaded.held.get(principalId) ?? []);
    requireOwnerRemains(isPermanentOwner(before), loaded.otherOwners);
    if (reassignTicketsTo !== null) requireStays(loaded.taker, principalId, 'reassignTicketsTo');
    if (transferKeysTo !== null) {
      requireStays(loaded.heir, principalId, 'transferKeysTo');
      // Handing on gives: a key that its creator had outlived wakes up under somebody who holds more.
      const live = has.keys.filter(({ expiresAt }) => expiresAt === null || expiresAt > now);
      if (live.some(({ expiresAt }) => expiresAt === null)) requireOwner(authority, loaded.acting);
      for (const by of [authority, loaded.heir]) requireCeiling(by, live.flatMap(keyPowers));
      if (has.webhooks.length > 0) requireCeiling(authority, heardThrough(loaded.heir));
      if (loaded.heirKeys.length + live.length > MOST_KEYS_OF_ONE) {
        throw new ServiceError('unprocessable', `A member has at most ${MOST_KEYS_OF_ONE} keys.`, {
          reason: 'limit_reached',
        });
      }
    }
    const removal: Removal = {
      before,
      has,
      ownerRole: loaded.ownerRole,
      keysTo: transferKeysTo,
      ticketsTo: reassignTicketsTo,
      jobId: newId(ids, 'bulk'),
      authority,
      now,
    };
    const lost = lostOf(removal);
    return change<RemovedMember>({
      permit,
      answer: { lost, jobId: removal.jobId },
      holds: [...new Set([reassignTicketsTo, transferKeysTo])].filter((id) => id !== null).map(holdMember),
      roots: removalRoots(removal),
      writes: removalWrites(removal),
      audit: {
        action: 'member.removed',
        target: { type: 'principal', id: principalId, label: before.member.displayName },
        changes: {
          state: [before.member.memberState, 'removed'],
          reassignTicketsTo: [null, reassignTicketsTo],
          transferKeysTo: [null, transferKeysTo],
          jobId: [null, removal.jobId],
          ...lost,
          webhookIds: has.webhooks.map(({ id }) => id),
        },
      },
      events: removalEvents(removal),
      wakes: [{ queue: 'events', message: { kind: 'bulk_job', id: removal.jobId } }],
    });
  },
});

/** Keys by which an endpoint is told of something. */
const HEARING = new Set<string>(['ticket.comment_internal', ...Object.values(EVENTS).map(({ viewKey }) => viewKey)]);

/** What an endpoint may come to be told of under a new owner, whatever it listens for today. */
const heardThrough = (heir: Authority): Power[] =>
  heir.grants.filter(({ key, via }) => HEARING.has(key) && via.length > 0);

const ALREADY: RemovedMember = {
  lost: {
    roleAssignmentIds: [],
    teamIds: [],
    inboxIds: [],
    revokedKeyIds: [],
    transferredKeyIds: [],
    invitationIds: [],
  },
  jobId: null,
};

function lostOf({ has, keysTo }: Removal): RemovedMember['lost'] {
  const keys = has.keys.map(({ id }) => id);
  return {
    roleAssignmentIds: has.grants.map(({ grant }) => grant.id),
    teamIds: has.memberships.map(({ teamId }) => teamId),
    inboxIds: has.inboxes.map(({ inbox }) => inbox.id),
    revokedKeyIds: keysTo === null ? keys : [],
    transferredKeyIds: keysTo === null ? [] : keys,
    invitationIds: has.invitations.map(({ id }) => id),
  };
}

/** Who takes over is an active member, and not the one who leaves. */
function requireStays(
  member: Authority | undefined,
  leaver: Id<'prin'>,
  field: 'reassignTicketsTo' | 'transferKeysTo',
): asserts member is Authority {
  if (member !== undefined && member.principalId !== leaver) return;
  const detail = 'Who takes over must be another active member.';
  throw new ServiceError('unprocessable', detail, {
    reason: 'target_not_member',
    errors: [{ in: 'query', pointer: `/${field}`, code: 'target_not_member', detail }],
  });
}
