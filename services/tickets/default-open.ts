import { type SQL, sql } from 'drizzle-orm';
import { type Id, idToUuid } from '#schema/ids.ts';
import { ticketStatuses } from '#schema/index.ts';
import { type Statement, statement } from '#services/kernel/query.ts';
import { statusQuery } from './intake-queries.ts';
import type { Status } from './status-machine.ts';
import { one } from './ticket-queries.ts';

/** Where reopening and waking bring a ticket: the default status of its inbox if that is open, else the default of `open`. */
export function openStatusOf(ticketId: Id<'tkt'> | SQL): Statement<Status | undefined> {
  const ticket = typeof ticketId === 'string' ? sql`${idToUuid(ticketId)}::uuid` : ticketId;
  const ofInbox = sql`${ticketStatuses.id} = (select i.default_status_id from inboxes i join tickets t on t.inbox_id = i.id where t.id = ${ticket})`;
  return one(
    statement(
      statusQuery()
        .where(
          sql`${ticketStatuses.category} = 'open' and ${ticketStatuses.deletedAt} is null and (${ticketStatuses.isDefault} or ${ofInbox})`,
        )
        .orderBy(sql`(${ofInbox}) desc nulls last`)
        .limit(1),
    ),
  );
}
