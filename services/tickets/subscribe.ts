import { type SQL, sql } from 'drizzle-orm';
import { type Id, idToUuid } from '#schema/ids.ts';
import { ticketSubscriptions } from '#schema/index.ts';
import type { SUBSCRIPTION_SOURCES, ValueOf } from '#schema/values.ts';
import { overRows } from '#services/kernel/over-rows.ts';
import { qb, type Statement, statement } from '#services/kernel/query.ts';
import { hanging } from '#services/kernel/together.ts';

/** A person with a login, or a contact; never both. */
export type Subject = { principalId: Id<'prin'> } | { contactId: Id<'contact'> };

type Follower = Subject & { source: Exclude<ValueOf<typeof SUBSCRIPTION_SOURCES>, 'manual'> };

/** Whoever would be one more does not follow by what they do; choosing it is refused. */
export const MOST_SUBSCRIPTIONS = 500;

/** How many more may follow a ticket, as an expression. */
export const roomToFollow = (ticketId: SQL): SQL =>
  sql`(${MOST_SUBSCRIPTIONS}::int - (select count(*) from ticket_subscriptions held where held.ticket_id = ${ticketId}))`;

/**
 * Lets people follow a ticket because of what they do there, while there is room. Who chose otherwise is left alone;
 * `revive`, for people only, brings back who had unsubscribed and not muted.
 */
export function subscribe(
  ticketId: Id<'tkt'>,
  followers: readonly Follower[],
  now: Date,
  { revive = false } = {},
): Statement[] {
  if (followers.length === 0) return [];
  const rows = followers.map((follower) => ({
    ticket: idToUuid(ticketId),
    principal: 'principalId' in follower ? idToUuid(follower.principalId) : null,
    contact: 'contactId' in follower ? idToUuid(follower.contactId) : null,
    source: follower.source,
  }));
  const set = revive ? { name: 'revive', rank: 2 } : { name: 'follow', rank: 3 };
  return [overRows(set, rows, (all) => following(all, now, revive))];
}

function following(
  rows: readonly { ticket: string; principal: string | null; contact: string | null; source: string }[],
  now: Date,
  revive: boolean,
): Statement {
  const at = sql`${now.toISOString()}::timestamptz`;
  const conflict = revive
    ? sql`(ticket_id, principal_id) do update set unsubscribed_at = null, updated_at = ${at}
        where ticket_subscriptions.unsubscribed_at is not null and ticket_subscriptions.muted_at is null`
    : sql`do nothing`;
  const write = sql`insert into ticket_subscriptions (ticket_id, principal_id, contact_id, source, created_at, updated_at)
    select w.ticket, w.principal, w.contact, w.source, ${at}, ${at} from (
      select asked.*, present.id is not null as known, row_number() over (partition by asked.ticket, present.id is null) as place
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as asked (ticket uuid, principal uuid, contact uuid, source text)
        left join ticket_subscriptions present on present.ticket_id = asked.ticket
          and (present.principal_id = asked.principal or present.contact_id = asked.contact)) w
    where w.known or w.place <= ${roomToFollow(sql.raw('w.ticket'))}
    on conflict ${conflict}`;
  return hanging('first', [{ sql: write }]);
}

/** Ends a subscription that nothing carries any more; the row stays, so that the choice is remembered. */
export const unsubscribe = (ticketId: Id<'tkt'>, subject: Subject, now: Date): Statement =>
  statement(
    qb
      .update(ticketSubscriptions)
      .set({ unsubscribedAt: now, updatedAt: now })
      .where(
        sql`${ticketSubscriptions.ticketId} = ${sql.param(ticketId, ticketSubscriptions.ticketId)} and ${
          'principalId' in subject
            ? sql`${ticketSubscriptions.principalId} = ${sql.param(subject.principalId, ticketSubscriptions.principalId)}`
            : sql`${ticketSubscriptions.contactId} = ${sql.param(subject.contactId, ticketSubscriptions.contactId)}`
        } and ${ticketSubscriptions.unsubscribedAt} is null`,
      ),
  );
