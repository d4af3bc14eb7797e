import { sql } from 'drizzle-orm';
import { type Id, idToUuid } from '#schema/ids.ts';
import { run, type Statement } from '#services/kernel/query.ts';

/** By how much a part in a ticket lets somebody do. */
const STRENGTH = sql`array['watcher', 'cc', 'collaborator']`;

/**
 * What hangs on one contact or login and then on another: parts in tickets, of which the stronger stays, subscriptions and
 * ratings. A requester is no participant.
 */
export function moveParts(column: 'contact_id' | 'principal_id', from: readonly Id[], to: Id): Statement[] {
  const col = sql.raw(column);
  const requester = sql.raw(column === 'contact_id' ? 'requester_contact_id' : 'requester_principal_id');
  const old = sql`any (${sql.param(from.map(idToUuid))}::uuid[])`;
  const now = sql`${idToUuid(to)}::uuid`;
  const both = sql`any (${sql.param([...from, to].map(idToUuid))}::uuid[])`;
  return [
    run(sql`
      with ranked as (
        select p.id, p.ticket_id, row_number() over (partition by p.ticket_id order by array_position(${STRENGTH}, p.role) desc, p.created_at, p.id) as place
        from ticket_participants p where p.${col} = ${both})
      delete from ticket_participants p using ranked r, tickets t
      where p.id = r.id and t.id = p.ticket_id and (r.place > 1 or t.${requester} = ${both})`),
    run(sql`update ticket_participants set ${col} = ${now} where ${col} = ${old}`),
    run(sql`
      delete from ticket_subscriptions s using (
        select id, row_number() over (partition by ticket_id order by (${col} = ${now}) desc, created_at, id) as place
        from ticket_subscriptions where ${col} = ${both}) r
      where s.id = r.id and r.place > 1`),
    run(sql`update ticket_subscriptions set ${col} = ${now} where ${col} = ${old}`),
    run(sql`update ticket_ratings set ${col} = ${now} where ${col} = ${old}`),
  ];
}
