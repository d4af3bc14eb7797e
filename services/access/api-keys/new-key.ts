import { type Id, type IdSource, newId } from '#schema/ids.ts';
import { apiKeys, principal } from '#schema/index.ts';
import { type EventDraft, event, type RootWrite } from '#services/kernel/change.ts';
import { formatApiKey, hashSecret, newSecret, secretOf } from '../credential.ts';
import type { KeyReach } from './key-powers.ts';
import type { ApiKeyRow } from './key-queries.ts';
import { keyPayload } from './key-view.ts';

export interface NewKey {
  row: ApiKeyRow;
  /** Shown once; only a digest of its secret is stored. */
  token: string;
  /** The service principal as which it acts, and the key. */
  roots: RootWrite[];
  created: EventDraft;
}

/** A key with a service principal of its own, under the authority of the member who stands behind it. */
export function newKey(
  wanted: { name: string; purpose: string | null; creatorId: Id<'prin'>; reach: KeyReach },
  { now, ids, random }: { now: Date; ids: IdSource; random: (bytes: Uint8Array) => Uint8Array },
): NewKey {
  const id = newId(ids, 'key');
  const token = formatApiKey(id, newSecret(random));
  const times = { createdAt: now, updatedAt: now };
  const service = {
    id: newId(ids, 'prin'),
    type: 'service',
    serviceKind: 'api_key',
    displayName: wanted.name,
    ...times,
  };
  const row: ApiKeyRow = {
    id,
    name: wanted.name,
    purpose: wanted.purpose,
    principalId: service.id,
    creatorPrincipalId: wanted.creatorId,
    secretHash: hashSecret(secretOf(token)),
    previousHash: null,
    previousValidUntil: null,
    scopeKeys: wanted.reach.scopeKeys,
    teamIds: wanted.reach.teamIds,
    inboxIds: wanted.reach.inboxIds,
    allowedIps: wanted.reach.allowedIps,
    expiresAt: wanted.reach.expiresAt,
    revokedAt: null,
    revokeReason: null,
    rotatedAt: null,
    lastUsedAt: null,
    lastIp: null,
    ...times,
    version: 1,
    revision: 1,
    eventSeq: 0,
  };
  return {
    row,
    token,
    roots: [
      { kind: 'insert', table: principal, row: service },
      { kind: 'insert', table: apiKeys, row },
    ],
    created: event({ type: 'api_key.created', entity: id, audience: 'internal', payload: keyPayload(row) }),
  };
}
