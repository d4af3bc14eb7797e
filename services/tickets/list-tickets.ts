import { and, desc, eq, inArray, isNull, type SQL, sql } from 'drizzle-orm';
import type { TicketSummary } from '#schema/api/tickets.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { tickets } from '#schema/index.ts';
import type { STATUS_CATEGORIES, ValueOf } from '#schema/values.ts';
import { TICKET_VIEWS } from '#services/access/permissions.ts';
import { permitTicketList } from '#services/access/permit.ts';
import { visible } from '#services/access/visible.ts';
import { unchanged } from '#services/kernel/change.ts';
import { type CursorPlace, pageOf, readCursor, writeCursor } from '#services/kernel/cursor.ts';
import { qb, statementWith } from '#services/kernel/query.ts';
import { defineRead } from '#services/kernel/verb.ts';
import type { KeyRing } from '#services/secrets/key-ring.ts';
import { selectTickets, type TicketRow } from './ticket-queries.ts';
import { ticketSummary } from './ticket-view.ts';

export interface ListTicketsInput {
  statusCategory: readonly ValueOf<typeof STATUS_CATEGORIES>[] | undefined;
  /** A member, `me` (the person behind the credential) or `none`. */
  assignee: Id<'prin'> | 'me' | 'none' | undefined;
  limit: number;
  cursor: string | undefined;
}

/** The tickets that the caller may see, the last active first; a ticket that moves meanwhile may repeat or be missed. */
export const listTickets = defineRead({
  name: 'listTickets',
  permission: TICKET_VIEWS,
  load: (input: ListTicketsInput, { auth, keys }) => {
    // The page first, then its names: otherwise every visible ticket is joined before the limit counts.
    const page = qb
      .select({ id: tickets.id })
      .from(tickets)
      .where(and(visible(), ...filtersOf(input), after(keys, input)))
      .orderBy(desc(tickets.lastActivityAt), desc(tickets.id))
      .limit(input.limit + 1)
      .as('page');
    return {
      found: statementWith<TicketRow[]>(
        auth,
        selectTickets()
          .innerJoin(page, eq(page.id, tickets.id))
          .orderBy(desc(tickets.lastActivityAt), desc(tickets.id)),
      ),
    };
  },
  decide({ found }, input, { authority, keys }) {
    const cursor = ({ ticket }: TicketRow) =>
      writeCursor(keys, placeOf(input), [ticket.lastActivityAt.getTime(), ticket.id]);
    return unchanged<{ data: TicketSummary[]; page: { next: string | null; hasMore: boolean } }>(
      permitTicketList(authority),
      pageOf(found, input.limit, ticketSummary, cursor),
    );
  },
});

function filtersOf({ statusCategory, assignee }: ListTicketsInput): (SQL | undefined)[] {
  return [
    statusCategory === undefined ? undefined : inArray(tickets.statusCategory, [...statusCategory]),
    assignee === undefined
      ? undefined
      : assignee === 'none'
        ? isNull(tickets.assigneePrincipalId)
        : assignee === 'me'
          ? sql`${tickets.assigneePrincipalId} = (select holder_id from auth)`
          : eq(tickets.assigneePrincipalId, assignee),
  ];
}

const placeOf = ({ statusCategory, assignee }: ListTicketsInput): CursorPlace => ({
  operation: 'listTickets',
  sort: '-lastActivity',
  filter: { statusCategory: statusCategory ?? null, assignee: assignee ?? null },
});

function after(keys: KeyRing, input: ListTicketsInput): SQL | undefined {
  if (input.cursor === undefined) return undefined;
  const [at, id] = readCursor(keys, placeOf(input), input.cursor);
  return sql`(${tickets.lastActivityAt}, ${tickets.id}) < (${new Date(Number(at)).toISOString()}::timestamptz, ${idToUuid(id as Id)}::uuid)`;
}
