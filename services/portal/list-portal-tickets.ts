import { type SQL, sql } from 'drizzle-orm';
import type { PortalTicket } from '#schema/api/portal.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import type { STATUS_CATEGORIES, ValueOf } from '#schema/values.ts';
import { ofLogin, visibleToCustomer } from '#services/access/customer.ts';
import { customerPermit } from '#services/access/permit.ts';
import { byIndex } from '#services/directory/prefix-query.ts';
import { unchanged } from '#services/kernel/change.ts';
import { type CursorPlace, pageOf, readCursor, writeCursor } from '#services/kernel/cursor.ts';
import type { KeyRing } from '#services/secrets/key-ring.ts';
import { defineCustomerVerb } from './customer-verb.ts';
import { type PortalRow, portalRows, portalSettings } from './portal-queries.ts';
import { portalTicket } from './portal-view.ts';

export interface ListPortalTicketsInput {
  status: readonly ValueOf<typeof STATUS_CATEGORIES>[] | undefined;
  limit: number;
  cursor: string | undefined;
}

/** Why a customer sees a ticket, one index each; the index of participations knows no order, and a person has few. */
const BRANCHES = [
  sql`tickets where tickets.requester_contact_id = (select contact_id from c)`,
  sql`tickets where ${ofLogin()}`,
  sql`tickets where tickets.visibility = 'org' and tickets.organization_id = (select organization_id from c)`,
  sql`ticket_participants p join tickets on tickets.id = p.ticket_id where p.contact_id = (select contact_id from c)`,
  sql`ticket_participants p join tickets on tickets.id = p.ticket_id
    where p.principal_id = (select principal_id from c where member_state is null)`,
];

/** What a source says to who asked both stands in the thread of its target. */
const swallowed = sql`(tickets.merged_into_id is not null and exists (
  select from tickets target where target.id = tickets.merged_into_id
    and (target.requester_contact_id = tickets.requester_contact_id or target.requester_principal_id = tickets.requester_principal_id)
    and ${visibleToCustomer('target')}))`;

/** The tickets of a customer, last updated first. Nothing that the team does among itself moves one. */
export const listPortalTickets = defineCustomerVerb({
  name: 'listPortalTickets',
  load: (input: ListPortalTicketsInput, at) => {
    const order = sql`order by last_public_at desc, id desc limit ${input.limit + 1}`;
    const branches = BRANCHES.map(
      (from) => sql`(select tickets.id, tickets.last_public_at from ${from} and tickets.deleted_at is null
        and not ${swallowed} ${ofStatus(input)} ${after(at.keys, input)}
        order by tickets.last_public_at desc, tickets.id desc limit ${input.limit + 1})`,
    );
    const page = sql`, page as materialized (select id from (${sql.join(branches, sql` union `)}) seen ${order})`;
    return {
      hints: byIndex(),
      found: portalRows(at, sql`tickets.id in (select id from page)`, page),
      settings: portalSettings(),
    };
  },
  decide({ found, settings }, input, by) {
    const cursor = ({ ticket }: PortalRow) =>
      writeCursor(by.keys, placeOf(input), [ticket.lastPublicAt.getTime(), ticket.id]);
    const view = (row: PortalRow) => portalTicket(row, { ...by, settings });
    return unchanged<{ data: PortalTicket[]; page: { next: string | null; hasMore: boolean } }>(
      customerPermit(by.customer),
      pageOf(found, input.limit, view, cursor),
    );
  },
});

const ofStatus = ({ status }: ListPortalTicketsInput): SQL =>
  status === undefined ? sql`` : sql`and tickets.status_category = any (${sql.param([...status])}::text[])`;

const placeOf = ({ status }: ListPortalTicketsInput): CursorPlace => ({
  operation: 'listPortalTickets',
  sort: '-lastUpdateAt',
  filter: { status: status?.toSorted() ?? null },
});

function after(keys: KeyRing, input: ListPortalTicketsInput): SQL {
  if (input.cursor === undefined) return sql``;
  const [at, id] = readCursor(keys, placeOf(input), input.cursor);
  return sql`and (tickets.last_public_at, tickets.id) < (${new Date(Number(at)).toISOString()}::timestamptz, ${idToUuid(id as Id)}::uuid)`;
}
