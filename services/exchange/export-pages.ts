import { and, asc, gt, isNull, type SQL, sql } from 'drizzle-orm';
import { type Id, idToUuid } from '#schema/ids.ts';
import { organizations, tickets } from '#schema/index.ts';
import type { Authority } from '#services/access/authority.ts';
import { covered } from '#services/access/can.ts';
import { visible } from '#services/access/visible.ts';
import { selectRecords } from '#services/directory/record-queries.ts';
import { rows, type Statement, statementWith } from '#services/kernel/query.ts';
import { organizationKind } from '#services/organizations/organization-kind.ts';
import { mergedTarget } from '#services/tickets/merged-target.ts';
import { factsOfRow, selectTickets, type TicketRow } from '#services/tickets/ticket-queries.ts';
import { ticketSummary } from '#services/tickets/ticket-view.ts';
import { personPage } from './export-person.ts';

export const ROWS_AT_ONCE = 1000;

export type ExportOf = 'contacts' | 'organizations' | 'tickets' | 'person';

/** A row of an export, and the place behind it. */
export interface Exported {
  at: string;
  /** Null for a row that the asker may not take out. */
  line: Record<string, unknown> | null;
}

export interface PageOf {
  /** Rows behind this one, in the order of their ids. */
  after: string | null;
  /** Of one person. */
  contactId: Id<'contact'> | null;
  /** Defines the relation `auth` of whoever asked. */
  auth: SQL;
}

type Page = (asked: PageOf) => Statement<(authority: Authority) => Exported[]>;

/** The next rows of an export, keyset by id. */
export const EXPORT_PAGES: Readonly<Record<ExportOf, Page>> = {
  contacts: ({ after }) =>
    mapped(contactsAfter(after), (found) =>
      found.map(({ id, org, row, place, emails, at, changed }) => ({
        at: id,
        line: {
          ...{ id, name: row.name, title: row.title, phone: row.phone, externalId: row.external_id },
          ...{ avatarUrl: row.avatar_url, locale: row.locale, timeZone: row.time_zone, emails, organizationId: org },
          ...{ organizationExternalId: place?.externalId ?? null, organizationDomain: place?.domain ?? null },
          ...{
            attributes: row.attributes,
            createdAt: new Date(at).toISOString(),
            updatedAt: new Date(changed).toISOString(),
          },
        },
      })),
    ),
  organizations: ({ after }) =>
    mapped(
      selectRecords(organizationKind, {
        where: and(
          isNull(organizations.archivedAt),
          after === null ? undefined : gt(organizations.id, after as Id<'org'>),
        ),
        orderBy: [asc(organizations.id)],
        limit: ROWS_AT_ONCE,
      }),
      (found) =>
        found.map((known) => {
          const { domains, archivedAt: _a, mergedIntoId: _m, version: _v, ...plain } = organizationKind.view(known);
          return { at: known.row.id, line: { ...plain, domains: domains.map(({ domain }) => domain) } };
        }),
    ),
  tickets: ({ after, auth }) => {
    const found = statementWith<(TicketRow & { mergedInto: Id<'tkt'> | null })[]>(
      auth,
      selectTickets({ mergedInto: mergedTarget() })
        .where(and(visible(), after === null ? undefined : gt(tickets.id, after as Id<'tkt'>)))
        .orderBy(asc(tickets.id))
        .limit(ROWS_AT_ONCE) as never,
    );
    return {
      ...found,
      read: (result) => {
        const all = found.read(result);
        return (authority) =>
          all.map((row) => ({
            at: row.ticket.id,
            line: covered(authority, 'ticket.export', factsOfRow(row.ticket))
              ? { ...ticketSummary(row, authority, row.mergedInto) }
              : null,
          }));
      },
    };
  },
  person: (asked) => mapped(personPage(asked), (found) => found),
};

interface Placed {
  externalId: string | null;
  domain: string | null;
}

/** Live contacts, with what their organisation is known by elsewhere. */
function contactsAfter(after: string | null) {
  const place = sql`(select jsonb_build_object('externalId', o.external_id, 'domain', (
      select d.domain from organization_domains d where d.organization_id = o.id and d.active and d.is_primary))
    from organizations o where o.id = c.organization_id)`;
  return rows<{
    row: Record<string, unknown>;
    emails: string[];
    place: Placed | null;
    id: string;
    org: string | null;
    at: string;
    changed: string;
  }>(sql`
    select public.to_typeid('contact', c.id) as id, public.to_typeid('org', c.organization_id) as org, to_jsonb(c) as row, ${place} as place,
      c.created_at as at, c.updated_at as changed,
      array(select e.email from contact_emails e where e.contact_id = c.id and e.active order by e.is_primary desc, e.created_at, e.id) as emails
    from contacts c where c.archived_at is null ${after === null ? sql`` : sql`and c.id > ${idToUuid(after as Id)}::uuid`}
    order by c.id limit ${ROWS_AT_ONCE}`);
}

function mapped<T>(query: Statement<T>, map: (found: T) => Exported[]): Statement<() => Exported[]> {
  return {
    ...query,
    read: (result) => {
      const found = map(query.read(result));
      return () => found;
    },
  };
}
