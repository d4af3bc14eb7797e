import { sql } from 'drizzle-orm';
import { ServiceError } from '#schema/errors.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { contactOf } from '#services/access/customer.ts';
import { permitCustomerView } from '#services/access/permit.ts';
import { change, type Decision, unchanged } from '#services/kernel/change.ts';
import { guard, rows, run } from '#services/kernel/query.ts';
import { holdFollowers, MOST_SUBSCRIPTIONS, roomToFollow } from '#services/tickets/subscribe.ts';
import { defineCustomerVerb } from './customer-verb.ts';
import { factsOf, portalRow } from './portal-queries.ts';

/**
 * Whether this customer is told of a request: following it by choice, or muting it for good. It is nobody else's business,
 * so the ticket stays as it is. @throws ServiceError not_found; unprocessable `limit_reached`.
 */
export const followPortalTicket = defineCustomerVerb({
  name: 'followPortalTicket',
  load: ({ ticketId }: { ticketId: Id<'tkt'>; follow: boolean }, at) => ({
    found: portalRow(at, ticketId),
    own: rows<{ id: string; follows: boolean }>(sql`
      select s.id, s.unsubscribed_at is null and s.muted_at is null as follows from ticket_subscriptions s
      where s.ticket_id = ${idToUuid(ticketId)}::uuid and (s.contact_id = ${contactOf(at.session)}
        or s.principal_id = ${idToUuid(at.session.principalId)}::uuid) order by s.contact_id nulls last limit 1`),
    held: rows(
      sql`select from ticket_subscriptions where ticket_id = ${idToUuid(ticketId)}::uuid offset ${MOST_SUBSCRIPTIONS - 1} limit 1`,
    ),
  }),
  decide({ found, own: [own], held }, { ticketId, follow }, { customer, now }): Decision<{ following: boolean }> {
    const permit = permitCustomerView(customer, factsOf(found));
    if (follow ? own?.follows === true : own === undefined || !own.follows)
      return unchanged(permit, { following: follow });
    if (own === undefined && held.length > 0) {
      throw new ServiceError('unprocessable', `At most ${MOST_SUBSCRIPTIONS} follow a request.`, {
        reason: 'limit_reached',
      });
    }
    const { contactId, principalId } = customer;
    const [column, subject] = contactId === null ? ['principal_id', principalId] : ['contact_id', contactId];
    const at = sql`${now.toISOString()}::timestamptz`;
    const chosen = follow
      ? sql`source = 'manual', unsubscribed_at = null, muted_at = null, muted_until = null`
      : sql`muted_at = ${at}, muted_until = null`;
    return change({
      permit,
      answer: { following: follow },
      holds: own === undefined ? [holdFollowers(ticketId)] : [],
      writes: [
        own === undefined
          ? guard(
              sql`insert into ticket_subscriptions (ticket_id, ${sql.raw(column)}, source, created_at, updated_at)
                select ${idToUuid(ticketId)}::uuid, ${idToUuid(subject)}::uuid, 'manual', ${at}, ${at}
                where ${roomToFollow(sql`${idToUuid(ticketId)}::uuid`)} > 0 on conflict do nothing`,
              1,
              'room to follow',
            )
          : run(sql`update ticket_subscriptions set ${chosen}, updated_at = ${at} where id = ${own.id}::uuid`),
      ],
      audit: {
        action: 'ticket_subscription.updated',
        target: { type: 'ticket', id: ticketId },
        changes: { following: [!follow, follow] },
      },
    });
  },
});
