import { ID_PREFIXES, type Prefix, uuidToId } from '#schema/ids.ts';
import type { PAYLOAD_STYLES } from '#schema/tables/webhooks.ts';
import type { ValueOf } from '#schema/values.ts';
import type { Audience } from './audience.ts';
import { EVENTS, isEventType } from './event-types.ts';
import type { StoredEvent } from './stored-event.ts';

/** One way of telling an event. Endpoints of one form get the same bytes. */
export interface BodyForm {
  payloadVersion: string;
  audience: Audience;
  style: ValueOf<typeof PAYLOAD_STYLES>;
}

/** `internal.full`: the name under which rendered bytes are kept. */
export const formName = ({ audience, style }: Pick<BodyForm, 'audience' | 'style'>): string => `${audience}.${style}`;

const PREFIX_OF = new Map(
  Object.entries(ID_PREFIXES).map(([prefix, { entity }]) => [entity.replaceAll(' ', '_'), prefix as Prefix]),
);

const ACTOR_PREFIX = {
  user: 'prin',
  api_key: 'prin',
  customer: 'contact',
  integration: 'int',
  system: 'prin',
} as const;

/**
 * The body that every attempt sends: these keys in this order, no blanks. Rendered once and kept, so that a later release
 * sends the same bytes. Thin has neither data nor the actor's name.
 */
export function renderBody(event: StoredEvent, form: BodyForm, source: string): string {
  const full = form.style === 'full';
  const { actorKind, actorId } = event;
  return JSON.stringify({
    id: uuidToId('evt', event.id),
    type: event.type,
    version: form.payloadVersion,
    timestamp: new Date(event.occurredAt).toISOString(),
    source,
    position: event.position,
    entity: {
      type: event.entityType,
      id: uuidToId(entityPrefix(event.entityType), event.entityId),
      sequence: event.entitySeq,
    },
    actor: {
      kind: actorKind,
      id: actorId === null ? null : uuidToId(ACTOR_PREFIX[actorKind], actorId),
      ...(full ? { name: event.actorLabel } : {}),
      via: event.surface,
    },
    audience: event.audience,
    causationId: event.causationId === null ? null : uuidToId(event.depth === 0 ? 'bulk' : 'evt', event.causationId),
    origin: event.origin === null ? null : uuidToId('int', event.origin),
    silent: event.silent,
    test: event.test,
    ...(full ? { data: dataFor(event, form.audience) } : {}),
  });
}

function entityPrefix(entityType: string): Prefix {
  const prefix = PREFIX_OF.get(entityType);
  if (prefix === undefined) throw new TypeError(`no id prefix for the entity ${entityType}`);
  return prefix;
}

/** Fields marked internal are absent for an audience below. */
function dataFor({ type, payload }: StoredEvent, audience: Audience): unknown {
  const hidden = audience === 'public' && isEventType(type) ? (EVENTS[type].internal ?? []) : [];
  return hidden.reduce<unknown>((data, path) => without(data, path.split('.')), payload);
}

function without(data: unknown, [key, ...rest]: readonly string[]): unknown {
  if (key === undefined || typeof data !== 'object' || data === null || !Object.hasOwn(data, key)) return data;
  const { [key]: value, ...others } = data as Record<string, unknown>;
  return rest.length === 0 ? others : { ...others, [key]: without(value, rest) };
}
