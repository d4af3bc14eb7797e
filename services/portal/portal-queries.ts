import { desc, eq, type SQL, sql } from 'drizzle-orm';
import type { Id } from '#schema/ids.ts';
import { contacts, principal, ticketStatuses, tickets } from '#schema/index.ts';
import type { AGENT_NAME_FORMATS } from '#schema/tables/ticket-settings.ts';
import type { PARTICIPANT_ROLES, ValueOf } from '#schema/values.ts';
import { type CustomerTicket, ownSeat, visibleToCustomer } from '#services/access/customer.ts';
import { qb, rows, type Statement, statementWith } from '#services/kernel/query.ts';
import { joinReplyRules, replyRules } from '#services/messages/reply-queries.ts';
import type { ReplyRules } from '#services/messages/reply-rules.ts';
import { one, type TicketRow, ticketColumns } from '#services/tickets/ticket-queries.ts';
import type { CustomerLoading } from './customer-verb.ts';

/** What a customer's picture of a ticket takes beside its row. */
export interface PortalFacts {
  /** The customer's own parts in it. */
  roles: readonly ValueOf<typeof PARTICIPANT_ROLES>[];
  /** The other customers' names, in the order in which they came. */
  people: readonly (string | null)[];
  rules: ReplyRules;
  /** Of the present cycle; null where nobody was asked and nobody rated. */
  rating: { score: number | null; comment: string | null; isOpen: boolean } | null;
  /** The ticket that it goes on with, if this customer sees that one too. */
  followUpOf: Id<'tkt'> | null;
}

export type PortalRow = TicketRow & { portal: PortalFacts };

const seat = (alias: string): SQL => sql.raw(`${alias}.ticket_id = tickets.id`);

const portalFacts = (now: Date): SQL<PortalFacts> => sql<PortalFacts>`jsonb_build_object(
  'roles', (select coalesce(jsonb_agg(p.role), '[]') from ticket_participants p where ${seat('p')} and ${ownSeat('p')}),
  'people', (select coalesce(jsonb_agg(coalesce(k.name, q.display_name) order by p.created_at, p.id), '[]')
    from ticket_participants p left join contacts k on k.id = p.contact_id left join principal q on q.id = p.principal_id
    where ${seat('p')} and q.member_state is null),
  'rules', (select ${replyRules()} from (select) one ${joinReplyRules('tickets')}),
  'rating', (select jsonb_build_object('score', r.score, 'comment', r.comment, 'isOpen', r.expires_at > ${now.toISOString()}::timestamptz)
    from ticket_ratings r where ${seat('r')} and r.cycle = tickets.reopen_count),
  'followUpOf', (select public.to_typeid('tkt', o.id) from ticket_links l join tickets o on o.id = l.target_id
    where l.source_id = tickets.id and l.kind = 'follow_up' and ${visibleToCustomer('o')} order by l.created_at, l.id limit 1))`;

/** Tickets that the customer sees, among those of the condition; `ctes` stand beside `c`, newest update first. */
export const portalRows = ({ c, now }: CustomerLoading, where: SQL, ctes: SQL = sql``): Statement<PortalRow[]> =>
  statementWith<PortalRow[]>(
    sql`${c}${ctes}`,
    qb
      .select({ ...ticketColumns, portal: portalFacts(now) })
      .from(tickets)
      .innerJoin(ticketStatuses, eq(ticketStatuses.id, tickets.statusId))
      .leftJoin(contacts, eq(contacts.id, tickets.requesterContactId))
      .leftJoin(sql`${principal} requester`, sql`requester.id = ${tickets.requesterPrincipalId}`)
      .leftJoin(sql`${principal} assignee`, sql`assignee.id = ${tickets.assigneePrincipalId}`)
      .where(sql`${where} and ${visibleToCustomer()}`)
      .orderBy(desc(tickets.lastPublicAt), desc(tickets.id)),
  ) as Statement<PortalRow[]>;

export const portalRow = (at: CustomerLoading, ticketId: Id<'tkt'>): Statement<PortalRow | undefined> =>
  one(portalRows(at, eq(tickets.id, ticketId)));

/** By what access to it is decided. */
export const factsOf = (row: PortalRow | undefined): CustomerTicket | undefined =>
  row && { ...row.ticket, roles: row.portal.roles };

export interface PortalSettings {
  agentNames: ValueOf<typeof AGENT_NAME_FORMATS>;
  csat: boolean;
  workspace: string;
  fields: readonly { key: string; label: string; type: string; editable: boolean }[];
}

/** What all pictures have in common. */
export const portalSettings = (): Statement<PortalSettings> => {
  const query = rows<{ settings: PortalSettings }>(sql`
    select jsonb_build_object('agentNames', t.agent_name_format, 'csat', t.csat_enabled,
      'workspace', coalesce((select name from settings limit 1), ''),
      'fields', (select coalesce(jsonb_agg(jsonb_build_object('key', f.key, 'label', f.label, 'type', f.type,
          'editable', f.portal = 'editable') order by f.position, f.id), '[]')
        from ticket_fields f where f.applies_to = 'ticket' and f.portal <> 'hidden' and f.archived_at is null)) as settings
    from ticket_settings t`);
  return {
    ...query,
    read: (result) => {
      const [row] = query.read(result);
      if (row === undefined) throw new TypeError('no settings of tickets');
      return row.settings;
    },
  };
};

/** Of a ticket that is being made: nobody has joined it, and it is open, so no rule says what a reply would do. */
export const NEW_FACTS: PortalFacts = {
  roles: [],
  people: [],
  rules: { reopenWindowDays: null, onClosedReply: 'follow_up' },
  rating: null,
  followUpOf: null,
};
