import { EVENT_TYPES, EVENTS, type EventType, isEventType } from '#schema/events.ts';
import type { Permission } from '#services/access/permissions.ts';

/** What an endpoint may list to receive a type: itself, each of its groups (`ticket.*`), everything. */
export const namesOf = (type: string): string[] => {
  const parts = type.split('.');
  return ['*', ...parts.slice(1).map((_, i) => `${parts.slice(0, i + 1).join('.')}.*`), type];
};

const KNOWN_NAMES = new Set(EVENT_TYPES.flatMap(namesOf));

export const isTypeName = (name: string): boolean => KNOWN_NAMES.has(name);

export const isWildcard = (name: string): boolean => name.endsWith('*');

/** A type about a ticket follows the ticket's places; any other, a status among them, is bound to the workspace. */
export const isTicketType = (type: EventType): boolean => EVENTS[type].entity === 'ticket';

export const viewKeyOf = (type: EventType): Permission => EVENTS[type].viewKey as Permission;

export const typesBoundBy = (dimension: 'inbox' | 'team'): EventType[] =>
  EVENT_TYPES.filter((type) => EVENTS[type].dimensions.includes(dimension));

export { EVENT_TYPES, EVENTS, type EventType, isEventType };

/** Dates of breaking changes of a payload, newest last; an endpoint stays on its own until it is moved. */
export const PAYLOAD_VERSIONS: readonly [string, ...string[]] = [
  ...new Set(Object.values(EVENTS).map((definition) => definition.version)),
].toSorted() as [string, ...string[]];
