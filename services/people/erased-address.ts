import { type SQL, sql } from 'drizzle-orm';
import { type Id, idToUuid } from '#schema/ids.ts';
import { run, type Statement } from '#services/kernel/query.ts';

/** What stands where an address of theirs stood: it says whose row it was and reaches nobody (RFC 2606). */
const erasedAddress = (principalId: SQL): SQL => sql`public.to_typeid('prin', ${principalId}) || '@erased.invalid'`;

export const uuidList = (ids: readonly Id[]): SQL => sql`${`{${ids.map(idToUuid).join(',')}}`}::uuid[]`;

/** Invitations that they accepted or that went to their address lose address, name and note; an open one is withdrawn. */
export const eraseInvitations = (people: readonly Id<'prin'>[]): Statement =>
  run(sql`
    update invitation i set email = ${erasedAddress(sql`p.id`)}, name = null, note = null, token_hash = null,
      state = case i.state when 'pending' then 'revoked' else i.state end, revision = i.revision + 1
    from principal p left join "user" u on u.id = p.user_id
    where p.id = any (${uuidList(people)}) and (i.accepted_principal_id = p.id or i.email = u.email)`);

/** The ids under which history speaks of them: as actor, as person, as invited. */
export const ownIds = (people: readonly Id<'prin' | 'contact'>[]): SQL => sql`array(
  select p.id from principal p where p.id = any (${uuidList(people)})
  union all select p.user_id from principal p where p.id = any (${uuidList(people)}) and p.user_id is not null
  union all select i.id from invitation i join principal p on i.accepted_principal_id = p.id or i.email = ${erasedAddress(sql`p.id`)}
    where p.id = any (${uuidList(people)}))`;
