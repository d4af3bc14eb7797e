import { sql } from 'drizzle-orm';
import { type Id, idToUuid } from '#schema/ids.ts';
import { rows, type Statement } from '#services/kernel/query.ts';
import { type Authority, authorityFromRow } from './authority.ts';
import { authorityFrom } from './authority-sql.ts';
import { memberAuthorityQuery } from './member-authority.ts';

/**
 * The present authority of the member or key that a link was given to, without their secret: nothing once they are
 * suspended, revoked or expired. The address of a key is not looked at, for a link is opened elsewhere.
 */
export function grantedAuthorityQuery(
  grant: { principalId: Id<'prin'> } | { keyId: Id<'key'> },
  now: Date,
): Statement<Authority | undefined> {
  if ('principalId' in grant) return memberAuthorityQuery(grant.principalId, now);
  const key = sql`
    select k.id as cred_id, k.id as key_id, k.principal_id, k.creator_principal_id as holder_id, self.display_name as label,
      k.scope_keys, k.team_ids, k.inbox_ids, null::text as refusal
    from api_keys k
      join principal self on self.id = k.principal_id
      join principal holder on holder.id = k.creator_principal_id and holder.member_state = 'active'
    where k.id = ${idToUuid(grant.keyId)}::uuid and k.revoked_at is null
      and (k.expires_at is null or k.expires_at > ${now.toISOString()}::timestamptz)`;
  const query = rows<{ authority: Record<string, unknown> }>(
    sql`with ${authorityFrom(key, now)} select to_jsonb(auth.*) as authority from auth`,
  );
  return {
    ...query,
    read: (result) => {
      const [row] = query.read(result);
      return row === undefined ? undefined : authorityFromRow(row.authority);
    },
  };
}
