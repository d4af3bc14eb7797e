import { and, asc, isNotNull, isNull, type SQL, sql } from 'drizzle-orm';
import { type Id, idToUuid } from '#schema/ids.ts';
import { unchanged } from '#services/kernel/change.ts';
import { type CursorPlace, pageOf, readCursor, writeCursor } from '#services/kernel/cursor.ts';
import { defineRead } from '#services/kernel/verb.ts';
import type { KeyRing } from '#services/secrets/key-ring.ts';
import { byIndex, holding } from './prefix-query.ts';
import type { Known, RecordKind, RecordRow } from './record-kind.ts';
import { selectRecords } from './record-queries.ts';
import { permitDirectory } from './require-record.ts';

export interface ListRecordsInput {
  /** Words, each a prefix of one of the record's. */
  q?: string | undefined;
  /** A whole address or domain, normalized. */
  part?: string | undefined;
  organizationId?: Id<'org'> | undefined;
  externalId?: string | undefined;
  archived: boolean;
  limit: number;
  cursor: string | undefined;
}

/** Records by name. @throws ServiceError forbidden. */
export const listRecords = <Row extends RecordRow, Wire>(name: string, kind: RecordKind<Row, Wire>) =>
  defineRead({
    name,
    permission: 'org.view',
    load: (input: ListRecordsInput, { keys }) => {
      const select = (holds?: SQL) =>
        selectRecords(kind, {
          where: and(
            input.archived ? isNotNull(kind.table.archivedAt) : isNull(kind.table.archivedAt),
            isNull(kind.table.mergedIntoId),
            holds,
            ...filtersOf(kind, input),
            afterName(kind, keys, placeOf(name, input), input.cursor),
          ),
          orderBy: [asc(kind.table.sortName), asc(kind.table.id)],
          limit: input.limit + 1,
        });
      if (input.q === undefined) return { found: select() };
      const table = `${kind.noun}s` as const;
      const [few, many] = holding(table, input.q);
      return { hints: byIndex(), found: select(few), more: select(many) };
    },
    decide({ found: few, more = [] }, input, { authority, keys }) {
      const found = [...few, ...more];
      const cursor = ({ row }: Known<Row>) => writeCursor(keys, placeOf(name, input), nameKey(row));
      return unchanged<{ data: Wire[]; page: { next: string | null; hasMore: boolean } }>(
        permitDirectory(authority, 'org.view'),
        pageOf(found, input.limit, kind.view, cursor),
      );
    },
  });

function filtersOf<Row extends RecordRow, Wire>(
  { table, parts: { sqlName, sqlOwner, sqlValue }, noun }: RecordKind<Row, Wire>,
  { part, organizationId, externalId }: ListRecordsInput,
): (SQL | undefined)[] {
  const self = sql.raw(`${noun}s`);
  return [
    part === undefined
      ? undefined
      : sql`${table.id} in (select ${sql.raw(sqlOwner)} from ${sql.raw(sqlName)} where ${sql.raw(sqlValue)} = ${part})`,
    organizationId === undefined ? undefined : sql`organization_id = ${idToUuid(organizationId)}::uuid`,
    // What a merged record was called leads to its winner.
    externalId === undefined
      ? undefined
      : sql`${table.id} in (select coalesce(m.merged_into_id, m.id) from ${self} m where m.external_id = ${externalId})`,
  ];
}

const placeOf = (operation: string, { limit: _limit, cursor: _cursor, ...filter }: ListRecordsInput): CursorPlace => ({
  operation,
  sort: 'name',
  filter: Object.fromEntries(Object.entries(filter).map(([key, value]) => [key, value ?? null])),
});

const LONGEST_KEY_BYTES = 240;

/** A name too long for a cursor is read again by the id; should it have changed, the page goes on from the new one. */
export const nameKey = ({ sortName, id }: { sortName: string; id: Id }): [string | null, string] => [
  new TextEncoder().encode(sortName).length > LONGEST_KEY_BYTES ? null : sortName,
  id,
];

/** What stands behind a place in a list by name. */
export function afterName<Row extends RecordRow, Wire>(
  { table, noun }: RecordKind<Row, Wire>,
  keys: KeyRing,
  place: CursorPlace,
  cursor: string | undefined,
): SQL | undefined {
  if (cursor === undefined) return undefined;
  const [name = null, id] = readCursor(keys, place, cursor);
  const uuid = sql`${idToUuid(id as Id)}::uuid`;
  const key =
    name === null ? sql`(select k.sort_name from ${sql.raw(`${noun}s`)} k where k.id = ${uuid})` : sql`${name}::text`;
  return sql`(${table.sortName}, ${table.id}) > (${key}, ${uuid})`;
}
