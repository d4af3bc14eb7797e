import { and, eq, sql } from 'drizzle-orm';
import { toSnakeCase } from 'drizzle-orm/casing';
import type { Subscription } from '#schema/api/ticket-people.ts';
import { ServiceError } from '#schema/errors.ts';
import { type Id, newId } from '#schema/ids.ts';
import { ticketSubscriptions } from '#schema/index.ts';
import type { Authority } from '#services/access/authority.ts';
import { permitTicketView } from '#services/access/permit.ts';
import { change, type Decision, unchanged } from '#services/kernel/change.ts';
import { auditChanges, fieldChanges } from '#services/kernel/field-changes.ts';
import { insertRows } from '#services/kernel/insert-rows.ts';
import { overRows } from '#services/kernel/over-rows.ts';
import { guard, qb, type Statement, statement, statementWith } from '#services/kernel/query.ts';
import type { Deciding, Loading } from '#services/kernel/verb.ts';
import { holdFollowers, MOST_SUBSCRIPTIONS, roomToFollow } from '#services/tickets/subscribe.ts';
import { factsOf, type LoadedTicket, type TicketRow, ticketById } from '#services/tickets/ticket-queries.ts';

export type SubscriptionRow = typeof ticketSubscriptions.$inferSelect;

interface Found extends LoadedTicket {
  found: readonly SubscriptionRow[];
  /** A row where no further one goes in. */
  full: readonly { ticketId: Id<'tkt'> }[];
}

/** A ticket, and what the person behind the credential chose for it. */
export const ownSubscription = (ticketId: Id<'tkt'>, { auth }: Loading) => ({
  ...ticketById(ticketId),
  found: statementWith<SubscriptionRow[]>(
    auth,
    qb
      .select()
      .from(ticketSubscriptions)
      .where(
        and(
          eq(ticketSubscriptions.ticketId, ticketId),
          sql`${ticketSubscriptions.principalId} = (select holder_id from auth)`,
        ),
      ),
  ),
  full: statement(
    qb
      .select({ ticketId: ticketSubscriptions.ticketId })
      .from(ticketSubscriptions)
      .where(eq(ticketSubscriptions.ticketId, ticketId))
      .offset(MOST_SUBSCRIPTIONS - 1)
      .limit(1),
  ),
});

const FLAGS = {
  messages: 'notifyMessages',
  status: 'notifyStatus',
  assignment: 'notifyAssignment',
  fields: 'notifyFields',
  sla: 'notifySla',
  participants: 'notifyParticipants',
  shares: 'notifyShares',
} as const satisfies Record<keyof Subscription['notify'], keyof SubscriptionRow>;

export type NotifyFlags = { [K in keyof Subscription['notify']]?: boolean | undefined };

/** The columns of the flags that are given. */
export const flagColumns = (notify: NotifyFlags): Partial<SubscriptionRow> =>
  Object.fromEntries(
    Object.entries(FLAGS).flatMap(([flag, column]) => {
      const value = notify[flag as keyof typeof FLAGS];
      return value === undefined ? [] : [[column, value]];
    }),
  );

const COMPARED = [...Object.values(FLAGS), 'mutedAt', 'mutedUntil', 'unsubscribedAt', 'source'] as const;

/**
 * Changes one's own subscription; a first choice makes the row, and null chooses nothing. It is nobody else's business, so the ticket's revision,
 * instants and activity stay as they are. @throws ServiceError not_found, unprocessable `limit_reached`.
 */
export function chooseSubscription(
  loaded: Found,
  by: Deciding & { authority: Authority },
  choice: (present: SubscriptionRow | undefined) => Partial<SubscriptionRow> | null,
): Decision<Subscription> {
  const permit = permitTicketView(by.authority, factsOf(loaded));
  const { ticket } = loaded.ticket as TicketRow;
  const [present] = loaded.found;
  const before = present ?? newRow(ticket.id, by);
  const chosen = choice(present);
  if (chosen === null) return unchanged(permit, subscriptionView(ticket.id, present));
  if (present === undefined && loaded.full.length > 0) {
    throw new ServiceError('unprocessable', `A ticket has at most ${MOST_SUBSCRIPTIONS} subscriptions.`, {
      reason: 'limit_reached',
    });
  }
  const after = { ...before, ...chosen };
  const changed = fieldChanges(before, after, COMPARED);
  if (present !== undefined && changed.length === 0) return unchanged(permit, subscriptionView(ticket.id, after));
  return change({
    permit,
    answer: subscriptionView(ticket.id, after),
    holds: present === undefined ? [holdFollowers(ticket.id)] : [],
    writes: [overRows({ name: 'subscription', rank: 3 }, [{ ...after, updatedAt: by.now }], putRows)],
    audit: {
      action: 'ticket_subscription.updated',
      target: { type: 'ticket', id: ticket.id, label: `#${ticket.number}` },
      changes: auditChanges(changed),
    },
  });
}

const KEPT = ['id', 'createdAt', 'ticketId', 'principalId', 'contactId'];

/** A row that is there is chosen anew; a new one goes where there is room. By itself, before who follows by what they do. */
function putRows(rows: readonly SubscriptionRow[]): Statement {
  const chosen = Object.keys(rows[0] ?? {})
    .filter((name) => !KEPT.includes(name))
    .map(toSnakeCase);
  const set = sql.raw(chosen.map((name) => `${name} = excluded.${name}`).join(', '));
  const room = sql`${roomToFollow(sql`given.ticket_id`)} > 0 or exists (select from ticket_subscriptions own
    where own.ticket_id = given.ticket_id and own.principal_id = given.principal_id)`;
  return guard(
    sql`${insertRows(ticketSubscriptions, rows).sql} where ${room} on conflict (ticket_id, principal_id) do update set ${set}`,
    rows.length,
    'room to follow',
  );
}

const newRow = (
  ticketId: Id<'tkt'>,
  { ids, now, authority }: Deciding & { authority: Authority },
): SubscriptionRow => ({
  id: newId(ids, 'tsub'),
  ticketId,
  principalId: authority.holderId,
  contactId: null,
  notifyMessages: true,
  notifyStatus: true,
  notifyAssignment: true,
  notifyFields: true,
  notifySla: true,
  notifyParticipants: false,
  notifyShares: false,
  mutedAt: null,
  mutedUntil: null,
  unsubscribedAt: null,
  source: 'manual',
  createdAt: now,
  updatedAt: now,
});

/** What somebody without a row sees: nothing chosen, and what would be told them if they subscribed. */
export function subscriptionView(ticketId: Id<'tkt'>, row: SubscriptionRow | undefined): Subscription {
  return {
    ticketId,
    subscribed: row !== undefined && row.unsubscribedAt === null,
    source: row?.source ?? null,
    notify: {
      messages: row?.notifyMessages ?? true,
      status: row?.notifyStatus ?? true,
      assignment: row?.notifyAssignment ?? true,
      fields: row?.notifyFields ?? true,
      sla: row?.notifySla ?? true,
      participants: row?.notifyParticipants ?? false,
      shares: row?.notifyShares ?? false,
    },
    mutedAt: row?.mutedAt?.toISOString() ?? null,
    mutedUntil: row?.mutedUntil?.toISOString() ?? null,
  };
}
