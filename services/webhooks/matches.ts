import type { Id } from '#schema/ids.ts';
import type { Authority } from '#services/access/authority.ts';
import { type Audience, isWithin } from './audience.ts';
import { covers, type Places } from './covers.ts';
import { EVENTS, isEventType, namesOf } from './event-types.ts';

/** What decides which events an endpoint receives. */
export interface EndpointFilter extends Places {
  types: readonly string[];
  audience: Audience;
  includeSilent: boolean;
  excludeActorIds: readonly Id<'prin'>[];
}

/** What of an event decides who receives it. */
export interface Told {
  type: string;
  audience: Audience;
  inboxIds: readonly Id<'inbox'>[];
  teamIds: readonly Id<'team'>[];
  actorId: Id<'prin'> | null;
  silent: boolean;
}

/**
 * Whether an endpoint receives an event, under its owner's present authority; none means that the owner is no active
 * member and the endpoint is held. `fan-out.ts` says the same in SQL, and a property test holds the two equal.
 */
export function matches(endpoint: EndpointFilter, event: Told, owner: Authority | undefined): boolean {
  if (owner === undefined || !isEventType(event.type)) return false;
  const { dimensions } = EVENTS[event.type];
  return (
    namesOf(event.type).some((name) => endpoint.types.includes(name)) &&
    isWithin(event.audience, endpoint.audience) &&
    (endpoint.includeSilent || !event.silent) &&
    !(event.actorId !== null && endpoint.excludeActorIds.includes(event.actorId)) &&
    passes(endpoint.inboxIds, event.inboxIds, dimensions.includes('inbox')) &&
    passes(endpoint.teamIds, event.teamIds, dimensions.includes('team')) &&
    covers(owner, endpoint, event.type, event.audience)
  );
}

/** A filter binds only types that have its dimension; former places count, so a ticket's way out is still told. */
const passes = <T>(wanted: readonly T[] | null, found: readonly T[], binds: boolean): boolean =>
  wanted === null || !binds || found.some((id) => wanted.includes(id));
