import { type Id, idToUuid } from '#schema/ids.ts';
import type { Authority } from '#services/access/authority.ts';
import { holdsAtWorkspace } from '#services/access/can.ts';
import type { Permission } from '#services/access/permissions.ts';
import type { Audience } from './audience.ts';
import { type EventType, isTicketType, viewKeyOf } from './event-types.ts';

/** Where an endpoint listens: null is everywhere. */
export interface Places {
  inboxIds: readonly Id<'inbox'>[] | null;
  teamIds: readonly Id<'team'>[] | null;
}

/**
 * Whether somebody may be told of every event of this type and audience that passes the places: what is asked of the
 * caller on save and of the owner at each fan-out. `fan-out.ts` says the same in SQL.
 */
export function covers(authority: Authority, places: Places, type: EventType, audience: Audience): boolean {
  if (!isTicketType(type)) return holdsAtWorkspace(authority, viewKeyOf(type));
  if (audience === 'shared_team') return holdsAtWorkspace(authority, 'ticket.view_all');
  const sees = holdsThroughout(authority, 'ticket.view_all', places);
  return sees && (audience === 'public' || holdsThroughout(authority, 'ticket.comment_internal', places));
}

function holdsThroughout(authority: Authority, key: Permission, { inboxIds, teamIds }: Places): boolean {
  const at = (scope: 'inbox' | 'team', ids: readonly Id[] | null): boolean =>
    ids?.every((id) =>
      authority.grants.some((grant) => grant.key === key && grant.scope === scope && grant.scopeId === idToUuid(id)),
    ) ?? false;
  return holdsAtWorkspace(authority, key) || at('inbox', inboxIds) || at('team', teamIds);
}
