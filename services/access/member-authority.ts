import { sql } from 'drizzle-orm';
import { type Id, idToUuid } from '#schema/ids.ts';
import { none, rows, type Statement } from '#services/kernel/query.ts';
import { type Authority, authorityFromRow } from './authority.ts';
import { membersCte } from './authority-sql.ts';

/**
 * The present authority of an active member, to ask what somebody else may see or do: an assignee, the member whom a
 * program speaks for. Nothing for anybody who is not an active member, and for no id.
 */
export function memberAuthorityQuery(
  principalId: Id<'prin'> | null | undefined,
  now: Date,
): Statement<Authority | undefined> {
  if (principalId === null || principalId === undefined) return { ...none(), read: () => undefined };
  const query = rows<{ authority: Record<string, unknown> }>(
    sql`with ${membersCte(sql`select ${idToUuid(principalId)}::uuid`, now)} select to_jsonb(auth.*) as authority from auth`,
  );
  return {
    ...query,
    read: (result) => {
      const [row] = query.read(result);
      return row === undefined ? undefined : authorityFromRow(row.authority);
    },
  };
}
