import { sql } from 'drizzle-orm';
import { type Id, idToUuid, type Prefix, uuidToId } from '#schema/ids.ts';
import type { ACTOR_KINDS, ValueOf } from '#schema/values.ts';
import { onlyIf, rows, type Statement } from '#services/kernel/query.ts';
import type { VersionGuard } from '#services/kernel/version-guard.ts';

type ActorKind = ValueOf<typeof ACTOR_KINDS>;

/** A field that moved after a version, by its latest change. */
export interface ChangedField {
  field: string;
  by: { kind: ActorKind; id: Id | null; name: string | null };
  at: string;
}

/** What the id of an actor is an id of. */
const ACTOR_PREFIX: Readonly<Record<ActorKind, Prefix | null>> = {
  user: 'prin',
  api_key: 'prin',
  customer: 'contact',
  integration: 'int',
  system: null,
};

/** The version that the client has read: of several the oldest, so that nothing it missed is left out. */
export const readVersion = (guard: VersionGuard | null): number | undefined =>
  guard === null || guard.any || guard.versions.length === 0 ? undefined : Math.min(...guard.versions);

/** The fields that moved since the version that the client has read. Looks into the history only when it is stale. */
export function changedSinceQuery(ticketId: Id<'tkt'>, guard: VersionGuard | null): Statement<ChangedField[]> {
  const version = readVersion(guard) ?? null;
  const ticket = sql`${idToUuid(ticketId)}::uuid`;
  const query = rows<{ field: string; kind: ActorKind; id: string | null; name: string | null; at: string }>(sql`
    select distinct on (moved.field) moved.field, a.actor_kind as kind, a.actor_id as id, a.actor_label as name, a.created_at as at
    from ticket_activity a
      cross join lateral (select coalesce(each->>'field', a.type) as field
        from jsonb_array_elements(coalesce(a.data->'changes', '[{}]')) each) moved
    where a.ticket_id = ${ticket} and a.version > ${version}::integer
      and (select t.version from tickets t where t.id = ${ticket}) > ${version}::integer
    order by moved.field, a.revision desc`);
  return {
    ...onlyIf(version !== null, query),
    read: (result) =>
      query.read(result).map(({ field, kind, id, name, at }) => {
        const prefix = ACTOR_PREFIX[kind];
        return {
          field,
          by: { kind, id: id === null || prefix === null ? null : uuidToId(prefix, id), name },
          at: new Date(at).toISOString(),
        };
      }),
  };
}
