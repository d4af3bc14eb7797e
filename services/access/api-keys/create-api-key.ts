import { inArray, sql } from 'drizzle-orm';
import type { ApiKeyWithToken } from '#schema/api/api-keys.ts';
import type { Id } from '#schema/ids.ts';
import { inboxes, teams } from '#schema/index.ts';
import { change } from '#services/kernel/change.ts';
import { auditChanges } from '#services/kernel/field-changes.ts';
import { qb, statement } from '#services/kernel/query.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { requireCeiling } from '../ceiling.ts';
import { holdMember } from '../hold.ts';
import { permitWorkspace } from '../permit.ts';
import { actingRolesQuery } from '../rules/acting-roles.ts';
import { requireOwner } from '../rules/owner-required.ts';
import { madeAs } from './key-changes.ts';
import { keyPowers } from './key-powers.ts';
import { askingKey, roomForKey } from './key-queries.ts';
import {
  defaultExpiry,
  distinct,
  type LimitPlace,
  readRanges,
  requireExpiry,
  requirePlaces,
  requireRoom,
  requireSound,
  requireWithin,
} from './key-rules.ts';
import { keyView } from './key-view.ts';
import { newKey } from './new-key.ts';

export interface CreateApiKeyInput {
  name: string;
  purpose: string | null;
  scopes: readonly string[];
  teamIds: readonly Id<'team'>[] | null;
  inboxIds: readonly Id<'inbox'>[] | null;
  allowedIps: readonly string[];
  /** Absent: 90 days. Null: for ever, which only an owner in person gives. */
  expiresAt: Date | null | undefined;
}

/**
 * Makes a key that acts as a service principal of its own and can do no more than the person behind the caller can, now
 * and later. Its token is in the answer and nowhere else.
 * @throws ServiceError forbidden `exceeds_ceiling`, `person_required`, `owner_required`; unprocessable `scopes_required`,
 *   `unknown_permission`, `limit_empty`, `scope_not_allowed`, `unknown_reference`, `scope_archived`, `out_of_range`, `limit_reached`.
 */
export const createApiKey = defineVerb({
  name: 'createApiKey',
  permission: 'admin.manage_api_keys',

  load: (input: CreateApiKeyInput, { now, auth }) => ({
    ...limitPlaces(input),
    asking: askingKey(auth),
    held: actingRolesQuery(auth, now),
    room: roomForKey(sql`(select holder_id from auth)`, now, auth),
  }),

  decide(loaded, input, { authority, now, ids, random }) {
    const permit = permitWorkspace(authority, 'admin.manage_api_keys', {
      view: 'admin.manage_api_keys',
      single: false,
    });
    const [asking] = loaded.asking;
    const reach = {
      scopeKeys: distinct(input.scopes),
      teamIds: input.teamIds === null ? null : distinct(input.teamIds),
      inboxIds: input.inboxIds === null ? null : distinct(input.inboxIds),
      allowedIps: readRanges(input.allowedIps),
      expiresAt: input.expiresAt === undefined ? defaultExpiry(now, asking) : input.expiresAt,
    };
    requireSound(reach);
    requirePlaces(reach.teamIds, loaded.teams, '/teamIds');
    requirePlaces(reach.inboxIds, loaded.inboxes, '/inboxIds');
    if (reach.expiresAt === null) requireOwner(authority, loaded.held);
    requireCeiling(authority, keyPowers(reach));
    requireWithin(asking, reach);
    requireExpiry(reach, now);
    requireRoom(loaded.room);

    const { row, token, roots, created } = newKey(
      { name: input.name, purpose: input.purpose, creatorId: authority.holderId, reach },
      { now, ids, random },
    );
    return change<ApiKeyWithToken>({
      permit,
      answer: { ...keyView({ key: row, creatorState: 'active' }, now), token },
      holds: [holdMember(authority.holderId)],
      roots,
      audit: {
        action: 'api_key.created',
        target: { type: 'api_key', id: row.id, label: row.name },
        changes: auditChanges(madeAs(row)),
      },
      events: [created],
    });
  },
});

/** The teams and inboxes that limits name, so that none is unknown or archived. */
export const limitPlaces = (limits: {
  teamIds?: readonly Id<'team'>[] | null | undefined;
  inboxIds?: readonly Id<'inbox'>[] | null | undefined;
}) => ({
  teams: statement<LimitPlace[]>(
    qb
      .select({ id: teams.id, archivedAt: teams.archivedAt })
      .from(teams)
      .where(inArray(teams.id, [...(limits.teamIds ?? [])])),
  ),
  inboxes: statement<LimitPlace[]>(
    qb
      .select({ id: inboxes.id, archivedAt: inboxes.archivedAt })
      .from(inboxes)
      .where(inArray(inboxes.id, [...(limits.inboxIds ?? [])])),
  ),
});
