import { type SQL, sql } from 'drizzle-orm';
import { type Id, idToUuid } from '#schema/ids.ts';
import { ticketSubscriptions } from '#schema/index.ts';
import type { SUBSCRIPTION_SOURCES, ValueOf } from '#schema/values.ts';
import { joinStatements, overRows, type StatementOverRows } from '#services/kernel/over-rows.ts';
import { qb, run, type Statement, statement } from '#services/kernel/query.ts';
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
 * Lets people follow a ticket because of what they do there, while there is room: after the ticket is written, so that
 * nobody else comes in between. Who chose otherwise is left alone; `revive`, for people only, brings back who had
 * unsubscribed and not muted.
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
  const over = (name: string, write: (asked: SQL, at: SQL) => SQL) =>
    overRows({ name, rank: 3 }, rows, (all) =>
      hanging('last', [
        {
          sql: write(
            sql`jsonb_to_recordset(${JSON.stringify(all)}::jsonb) as asked (ticket uuid, principal uuid, contact uuid, source text)`,
            sql`${now.toISOString()}::timestamptz`,
          ),
        },
      ]),
    );
  return [...(revive ? [over('revive', revived)] : []), over(FOLLOW, following)];
}

const FOLLOW = 'follow';

/** Those who come to follow in one commit as one statement: each sees but who followed before, and counts those beside it. */
export function followTogether(writes: readonly Statement[]): Statement[] {
  const follows = (each: Statement): boolean => (each as Partial<StatementOverRows>).over?.name === FOLLOW;
  return [...writes.filter((each) => !follows(each)), ...joinStatements(writes.filter(follows))];
}

const revived = (
  asked: SQL,
  at: SQL,
): SQL => sql`update ticket_subscriptions s set unsubscribed_at = null, updated_at = ${at}
  from ${asked} where s.ticket_id = asked.ticket and s.principal_id = asked.principal
    and s.unsubscribed_at is not null and (s.muted_at is null or s.muted_until <= ${at})`;

const following = (asked: SQL, at: SQL): SQL => sql`
  insert into ticket_subscriptions (ticket_id, principal_id, contact_id, source, created_at, updated_at)
  select w.ticket, w.principal, w.contact, w.source, ${at}, ${at} from (
    select asked.*, dense_rank() over (partition by asked.ticket order by asked.principal, asked.contact) as place
    from ${asked} where not exists (select from ticket_subscriptions present where present.ticket_id = asked.ticket
      and (present.principal_id = asked.principal or present.contact_id = asked.contact))) w
  where w.place <= ${roomToFollow(sql.raw('w.ticket'))}
  on conflict do nothing`;

/**
 * Holds tickets whose followers a commit counts without writing them: everybody else who comes to follow writes theirs,
 * or holds it as well.
 */
export const holdFollowers = (ticketId: Id<'tkt'>): Statement =>
  overRows({ name: 'hold followers', rank: 0 }, [idToUuid(ticketId)], (ids) =>
    run(sql`select from tickets where id = any (${`{${ids.join(',')}}`}::uuid[]) order by id for no key update`),
  );

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
