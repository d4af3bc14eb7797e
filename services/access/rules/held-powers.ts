import { type SQL, sql } from 'drizzle-orm';
import { type Id, idToUuid, uuidToId } from '#schema/ids.ts';
import { rows, type Statement } from '#services/kernel/query.ts';
import { authorityFromRow } from '../authority.ts';
import { authorityFrom } from '../authority-sql.ts';
import type { Power } from '../ceiling.ts';

export type HeldPowers = ReadonlyMap<Id<'prin'>, readonly Power[]>;

/**
 * What members hold by their grants, for the rule of rank (R2). A suspended member counts with what returns to them on
 * reinstatement. `principalIds` is a subquery of one uuid column.
 */
export function heldPowersQuery(principalIds: SQL, now: Date): Statement<HeldPowers> {
  const query = rows<{ authority: Record<string, unknown> }>(
    sql`with ${authorityFrom(holderRows(principalIds), now)} select to_jsonb(auth.*) as authority from auth`,
  );
  return {
    ...query,
    read: (result) =>
      new Map(
        query.read(result).map(({ authority }) => {
          const { grants } = authorityFromRow(authority);
          return [uuidToId('prin', authority.holder_id as string), grants.filter(({ via }) => via.length > 0)];
        }),
      ),
  };
}

export const heldPowersOf = (principalId: Id<'prin'>, now: Date): Statement<HeldPowers> =>
  heldPowersQuery(sql`select ${idToUuid(principalId)}::uuid`, now);

const holderRows = (principalIds: SQL): SQL => sql`
  select p.id as cred_id, null::uuid as key_id, p.id as principal_id, p.id as holder_id, p.display_name as label,
    null::text[] as scope_keys, null::uuid[] as team_ids, null::uuid[] as inbox_ids, null::text as refusal
  from principal p where p.member_state is not null and p.id in (${principalIds})`;
