import { type SQL, sql } from 'drizzle-orm';
import { fieldDefinitions } from '#services/custom-fields/field-definition.ts';
import type { RecordKind, RecordRow } from '#services/directory/record-kind.ts';
import { byExternalId, type Owner, selectRecords, textArray } from '#services/directory/record-queries.ts';
import { rows } from '#services/kernel/query.ts';
import type { KnownFacts } from './line-kind.ts';

/** Those that lines name by an address or domain, or by an external id, and who has what they name. */
export function knownFacts<Row extends RecordRow, Wire>(
  kind: RecordKind<Row, Wire>,
  values: readonly string[],
  externalIds: readonly string[],
) {
  const [table, parts, owner, value] = [
    `${kind.noun}s`,
    kind.parts.sqlName,
    kind.parts.sqlOwner,
    kind.parts.sqlValue,
  ].map((name) => sql.raw(name)) as [SQL, SQL, SQL, SQL];
  const erased = kind.noun === 'contact' ? sql`where x.erased_at is null` : sql``;
  const called = byExternalId(kind, sql`w.key`);
  const matched = sql`(
    select (select p.${owner} from ${parts} p join (select x.* from ${table} x ${erased}) o on o.id = p.${owner}
      where p.${value} = w.value order by p.active desc, o.archived_at desc limit 1)
    from unnest(${textArray(values)}) w(value)
    union select ${called} from unnest(${textArray(externalIds)}) w(key))`;
  return {
    found: selectRecords(kind, { where: sql`${kind.table.id} in ${matched}` }),
    called: rows<KnownFacts<Row>['called'][number]>(
      sql`select w.key, public.to_typeid(${kind.prefix}, ${called}) as id from unnest(${textArray(externalIds)}) w(key)`,
    ),
    owners: rows<Owner>(sql`
      select p.${value} as value, public.to_typeid(${kind.prefix}, p.${owner}) as "ownerId" from ${parts} p
      where p.active and (p.${value} = any (${textArray(values)})
        or p.${value} in (select q.${value} from ${parts} q where not q.active and q.${owner} in ${matched}))`),
    fields: fieldDefinitions(kind.noun),
  };
}
