import { type SQL, sql } from 'drizzle-orm';
import { type Id, idToUuid } from '#schema/ids.ts';
import { moveParts } from '#services/directory/move-parts.ts';
import { run, type Statement } from '#services/kernel/query.ts';

/**
 * What absorbed logins have in tickets is another's from now on: requests, messages, parts, subscriptions, ratings, staged
 * files. With `requesterOf` only the requests of those tickets. Part of the caller's commit; says nothing by itself.
 */
export function repointPrincipal(
  from: readonly Id<'prin'>[],
  to: Id<'prin'>,
  now: Date,
  requesterOf?: readonly Id<'tkt'>[],
): Statement[] {
  const old = sql`any (${uuids(from)})`;
  const target = sql`${idToUuid(to)}::uuid`;
  const only = requesterOf === undefined ? sql`` : sql` and id = any (${uuids(requesterOf)})`;
  const requests = run(sql`
    update tickets set requester_principal_id = ${target}, revision = revision + 1, version = version + 1,
      updated_at = ${now.toISOString()}::timestamptz
    where requester_principal_id = ${old}${only}`);
  if (requesterOf !== undefined) return [requests];
  return [
    requests,
    run(sql`update ticket_messages set author_principal_id = ${target} where author_principal_id = ${old}`),
    ...moveParts('principal_id', from, to),
    run(sql`update ticket_attachments set actor_id = ${target} where state = 'staged' and actor_id = ${old}`),
  ];
}

const uuids = (ids: readonly Id[]): SQL => sql`${sql.param(ids.map(idToUuid))}::uuid[]`;
