import { idToUuid } from '#schema/ids.ts';
import type { Authority } from '#services/access/authority.ts';

/** Who acted, as history stores it: no foreign key, because history outlives the actor. */
export interface ActorRow {
  actorKind: 'user' | 'api_key' | 'customer' | 'integration' | 'system';
  actorId: string | null;
  actorLabel: string | null;
  apiKeyId: string | null;
}

export const actorOf = (authority: Authority): ActorRow => ({
  actorKind: authority.keyId === null ? 'user' : 'api_key',
  actorId: idToUuid(authority.principalId),
  actorLabel: authority.label,
  apiKeyId: authority.keyId,
});

export const systemActor = (label = 'Mallard'): ActorRow => ({
  actorKind: 'system',
  actorId: null,
  actorLabel: label,
  apiKeyId: null,
});
