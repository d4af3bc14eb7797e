import { and, asc, isNull, type SQL, sql } from 'drizzle-orm';
import { idToUuid } from '#schema/ids.ts';
import { ticketStatuses } from '#schema/index.ts';
import { TICKET_VIEWS } from '#services/access/permissions.ts';
import { permitAnywhere } from '#services/access/permit.ts';
import { unchanged } from '#services/kernel/change.ts';
import { type CursorPlace, pageOf, readCursor, writeCursor } from '#services/kernel/cursor.ts';
import { qb, statement } from '#services/kernel/query.ts';
import { defineRead } from '#services/kernel/verb.ts';
import type { KeyRing } from '#services/secrets/key-ring.ts';
import { type StatusRow, statusView } from './status-queries.ts';

export interface ListTicketStatusesInput {
  limit: number;
  cursor: string | undefined;
}

/** The statuses in the order of their positions. */
export const listTicketStatuses = defineRead({
  name: 'listTicketStatuses',
  permission: TICKET_VIEWS,
  load: (input: ListTicketStatusesInput, { keys }) => ({
    found: statement<StatusRow[]>(
      qb
        .select()
        .from(ticketStatuses)
        .where(and(isNull(ticketStatuses.deletedAt), after(keys, input)))
        .orderBy(asc(ticketStatuses.position), asc(ticketStatuses.id))
        .limit(input.limit + 1),
    ),
  }),
  decide({ found }, { limit }, { authority, keys }) {
    const cursor = ({ position, id }: StatusRow) => writeCursor(keys, PLACE, [position, idToUuid(id)]);
    return unchanged(permitAnywhere(authority, TICKET_VIEWS), pageOf(found, limit, statusView, cursor));
  },
});

const PLACE: CursorPlace = { operation: 'listTicketStatuses', sort: 'position', filter: {} };

function after(keys: KeyRing, { cursor }: ListTicketStatusesInput): SQL | undefined {
  if (cursor === undefined) return undefined;
  const [position, id] = readCursor(keys, PLACE, cursor);
  return sql`(${ticketStatuses.position}, ${ticketStatuses.id}) > (${Number(position)}::integer, ${String(id)}::uuid)`;
}
