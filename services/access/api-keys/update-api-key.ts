import type { ApiKey } from '#schema/api/api-keys.ts';
import { ServiceError } from '#schema/errors.ts';
import type { Id } from '#schema/ids.ts';
import { apiKeys, principal } from '#schema/index.ts';
import { change, event, type RootWrite, unchanged } from '#services/kernel/change.ts';
import { auditChanges } from '#services/kernel/field-changes.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { requireVersion, type VersionGuard } from '#services/kernel/version-guard.ts';
import type { Authority } from '../authority.ts';
import { requireCeiling, uncovered } from '../ceiling.ts';
import { actingRolesQuery } from '../rules/acting-roles.ts';
import { requireOwner } from '../rules/owner-required.ts';
import { type CreateApiKeyInput, limitPlaces } from './create-api-key.ts';
import { keyChanges } from './key-changes.ts';
import { keyPowers } from './key-powers.ts';
import { type ApiKeyRow, creatorAuthority, keyById, keyPrincipal } from './key-queries.ts';
import { distinct, readRanges, requireExpiry, requirePlaces, requireSound, widened } from './key-rules.ts';
import { keyPayload, keyView } from './key-view.ts';
import { permitKey, requireLive } from './permit-key.ts';

export interface UpdateApiKeyInput {
  keyId: Id<'key'>;
  /** Absent keeps; null clears. */
  changes: { [K in keyof CreateApiKeyInput]?: CreateApiKeyInput[K] | undefined };
  ifMatch: VersionGuard | null;
}

/**
 * Changes a key. Narrowing it is free for who manages keys; widening it needs a person, and that person and the creator
 * both to cover what it becomes.
 * @throws ServiceError not_found, stale_version, conflict `key_revoked`, `key_expired`, forbidden `person_required`,
 *   `exceeds_ceiling`, `owner_required`, unprocessable as `createApiKey`.
 */
export const updateApiKey = defineVerb({
  name: 'updateApiKey',
  permission: 'admin.manage_api_keys',
  target: ({ keyId }: UpdateApiKeyInput) => ({ type: 'api_key', id: keyId }),

  load: ({ keyId, changes }: UpdateApiKeyInput, { now, auth }) => ({
    ...limitPlaces(changes),
    found: keyById(keyId),
    service: keyPrincipal(keyId),
    creator: creatorAuthority(keyId, now),
    held: actingRolesQuery(auth, now),
  }),

  decide(found, { changes, ifMatch }, { authority, now }) {
    const { permit, loaded } = permitKey(authority, found.found);
    const before = loaded.key;
    requireVersion(ifMatch, before.version, keyView(loaded, now));
    requireLive(loaded, now);
    const after = changed(before, changes);
    const edits = keyChanges(before, after);
    if (edits.length === 0) return unchanged<ApiKey>(permit, keyView(loaded, now));
    requireSound(after);
    requirePlaces(added(before.teamIds, after.teamIds), found.teams, '/teamIds');
    requirePlaces(added(before.inboxIds, after.inboxIds), found.inboxes, '/inboxIds');
    const wider = widened(before, after);
    if (wider.length > 0) requireMayWiden(authority, found.creator, after, wider);
    if (wider.length > 0 && after.expiresAt === null) requireOwner(authority, found.held);
    if (wider.includes('scopes') || edits.some(({ field }) => field === 'expiresAt')) requireExpiry(after, now);

    const row = { ...after, version: before.version + 1, updatedAt: now };
    const renamed = found.service.filter(({ displayName }) => displayName !== row.name);
    return change<ApiKey>({
      permit,
      answer: keyView({ ...loaded, key: row }, now),
      roots: [
        {
          kind: 'update',
          table: apiKeys,
          what: 'api key',
          loaded: before,
          set: {
            name: row.name,
            purpose: row.purpose,
            scopeKeys: row.scopeKeys,
            teamIds: row.teamIds,
            inboxIds: row.inboxIds,
            allowedIps: row.allowedIps,
            expiresAt: row.expiresAt,
            version: row.version,
          },
        },
        ...renamed.map(
          (service): RootWrite => ({
            kind: 'update',
            table: principal,
            what: 'principal',
            loaded: service,
            set: { displayName: row.name, version: service.version + 1 },
          }),
        ),
      ],
      audit: {
        action: 'api_key.updated',
        target: { type: 'api_key', id: row.id, label: row.name },
        changes: auditChanges(edits),
      },
      events: [
        event({
          type: 'api_key.updated',
          entity: row.id,
          audience: 'internal',
          payload: {
            ...keyPayload(row),
            changes: edits,
            added: added(before.scopeKeys, row.scopeKeys),
            removed: added(row.scopeKeys, before.scopeKeys),
          },
        }),
      ],
    });
  },
});

function requireMayWiden(
  authority: Authority,
  creator: Authority | undefined,
  after: ApiKeyRow,
  wider: readonly string[],
): void {
  if (authority.keyId !== null) {
    throw new ServiceError('forbidden', `A person has to widen a key: ${wider.join(', ')}.`, {
      reason: 'person_required',
    });
  }
  const powers = keyPowers(after);
  requireCeiling(authority, powers);
  if (creator !== undefined && uncovered(creator, powers).length === 0) return;
  throw new ServiceError('forbidden', 'Its creator does not hold that; adopt the key first.', {
    reason: 'exceeds_ceiling',
  });
}

const changed = (before: ApiKeyRow, changes: UpdateApiKeyInput['changes']): ApiKeyRow => ({
  ...before,
  name: changes.name ?? before.name,
  purpose: changes.purpose === undefined ? before.purpose : changes.purpose,
  scopeKeys: changes.scopes === undefined ? before.scopeKeys : distinct(changes.scopes),
  teamIds: changes.teamIds === undefined ? before.teamIds : changes.teamIds && distinct(changes.teamIds),
  inboxIds: changes.inboxIds === undefined ? before.inboxIds : changes.inboxIds && distinct(changes.inboxIds),
  allowedIps: changes.allowedIps === undefined ? before.allowedIps : readRanges(changes.allowedIps),
  expiresAt: changes.expiresAt === undefined ? before.expiresAt : changes.expiresAt,
});

/** What `after` names beyond `before`; a limit that is gone names nothing. */
const added = <T extends string>(before: readonly T[] | null, after: readonly T[] | null): T[] =>
  (after ?? []).filter((value) => !before?.includes(value));
