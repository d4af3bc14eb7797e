import { eq, type SQL, sql } from 'drizzle-orm';
import type { PgTable } from 'drizzle-orm/pg-core';
import { type Id, idToUuid } from '#schema/ids.ts';
import { qb, rows, type Statement, statement } from '#services/kernel/query.ts';
import type { Known, Part, RecordKind, RecordRow } from './record-kind.ts';

type StoredPart = Omit<Part, 'verifiedAt' | 'createdAt'> & { verifiedAt: string | null; createdAt: string };

/** Records with their parts in one statement, however many there are. */
export function selectRecords<Row extends RecordRow, Wire>(
  { table, parts, noun }: RecordKind<Row, Wire>,
  which: { where: SQL | undefined; orderBy?: SQL[]; limit?: number },
): Statement<Known<Row>[]> {
  const verified = parts.verifiable ? sql`p.verified_at` : sql`null`;
  // Drizzle leaves the table out of a column's name in the list of a select from one table; inside, it would be another's.
  const aggregated = sql<StoredPart[]>`(
    select coalesce(json_agg(json_build_object('id', public.to_typeid(${sql.raw(`'${parts.prefix}'`)}, p.id), 'value', p.${sql.raw(parts.sqlValue)},
      'isPrimary', p.is_primary, 'active', p.active, 'verifiedAt', ${verified}, 'createdAt', p.created_at)
      order by p.is_primary desc, p.created_at, p.id), '[]')
    from ${sql.raw(parts.sqlName)} p where p.${sql.raw(parts.sqlOwner)} = ${sql.raw(`${noun}s.id`)})`;
  const query = qb
    .select({ row: table as PgTable, parts: aggregated })
    .from(table as PgTable)
    .where(which.where)
    .$dynamic();
  if (which.orderBy !== undefined) query.orderBy(...which.orderBy);
  if (which.limit !== undefined) query.limit(which.limit);
  const found = statement<{ row: unknown; parts: StoredPart[] }[]>(query as never);
  return {
    ...found,
    read: (result) =>
      found.read(result).map(({ row, parts: stored }) => ({ row: row as Row, parts: stored.map(partOf) })),
  };
}

const partOf = (part: StoredPart): Part => ({
  ...part,
  verifiedAt: part.verifiedAt === null ? null : new Date(part.verifiedAt),
  createdAt: new Date(part.createdAt),
});

export const recordById = <Row extends RecordRow, Wire>(
  kind: RecordKind<Row, Wire>,
  id: Row['id'],
): Statement<Known<Row> | undefined> => first(selectRecords(kind, { where: eq(kind.table.id, id) }));

export const first = <T>(many: Statement<T[]>): Statement<T | undefined> => ({
  ...many,
  read: (result) => many.read(result)[0],
});

/** The id of the record that another system calls so: a live one before an archived one, of a merged one its winner. */
export const byExternalId = <Row extends RecordRow, Wire>(
  { noun }: RecordKind<Row, Wire>,
  externalId: string | SQL,
): SQL => {
  const erased = noun === 'contact' ? sql`and x.erased_at is null` : sql``;
  return sql`(select coalesce(x.merged_into_id, x.id) from ${sql.raw(`${noun}s`)} x where x.external_id = ${externalId} ${erased}
    order by x.archived_at desc nulls first limit 1)`;
};

/** Which live record has each of these addresses or domains. */
export const ownersOf = <Row extends RecordRow, Wire>(
  kind: RecordKind<Row, Wire>,
  values: readonly string[],
): Statement<Owner[]> => ownersWhere(kind, sql`= any (${textArray(values)})`);

/** Which live record has what an archived one had. */
export const ownersOfPartsOf = <Row extends RecordRow, Wire>(
  kind: RecordKind<Row, Wire>,
  id: Row['id'] | SQL,
): Statement<Owner[]> => {
  const { sqlValue, sqlName, sqlOwner } = kind.parts;
  const owner = typeof id === 'string' ? sql`${idToUuid(id)}::uuid` : id;
  return ownersWhere(
    kind,
    sql`in (select ${sql.raw(sqlValue)} from ${sql.raw(sqlName)} where ${sql.raw(sqlOwner)} = ${owner} and not active)`,
  );
};

export interface Owner extends Record<string, unknown> {
  value: string;
  ownerId: Id;
}

const ownersWhere = <Row extends RecordRow, Wire>(
  { parts: { sqlName, sqlOwner, sqlValue }, prefix }: RecordKind<Row, Wire>,
  condition: SQL,
): Statement<Owner[]> =>
  rows(sql`
    select ${sql.raw(sqlValue)} as value, public.to_typeid(${prefix}, ${sql.raw(sqlOwner)}) as "ownerId"
    from ${sql.raw(sqlName)} where active and ${sql.raw(sqlValue)} ${condition}`);

export const textArray = (values: readonly string[]): SQL => sql`${sql.param([...values])}::text[]`;
