import { and, eq, isNull, type SQL, sql } from 'drizzle-orm';
import { requireEmail } from '#schema/email-address.ts';
import type { Id } from '#schema/ids.ts';
import { contactEmails, contacts, contactUserLinks, organizations, principal } from '#schema/index.ts';
import type { Authority } from '#services/access/authority.ts';
import { holdsAnywhere } from '#services/access/can.ts';
import { presentOrganization } from '#services/access/customer.ts';
import { type LoadedMet, metOf } from '#services/contacts/meet-contact.ts';
import { nothing, qb, type Statement, statement } from '#services/kernel/query.ts';
import { unknownReference } from '#services/kernel/refusals.ts';
import type { Requester } from './opening-people.ts';
import { one } from './ticket-queries.ts';

/** Whom a body names as requester. */
export type RequesterInput =
  | { contactId: Id<'contact'> }
  | { principalId: Id<'prin'> }
  | { email: string; name?: string | undefined };

export interface RequesterKey {
  contactId?: Id<'contact'> | undefined;
  principalId?: Id<'prin'> | undefined;
  /** Normalized. A consumer names what its delivery holds by SQL, and loads both in one trip. */
  email?: string | SQL | undefined;
}

/** @throws ServiceError invalid_request for what is no address. */
export function requesterKey(requester: RequesterInput | null | undefined): RequesterKey {
  if (requester === undefined || requester === null) return {};
  return 'email' in requester ? { email: requireEmail(requester.email, '/requester/email') } : requester;
}

interface TicketOrganization {
  id: Id<'org'>;
  shareNewTickets: boolean;
}

export interface FoundContact {
  id: Id<'contact'>;
  name: string | null;
  email: string | null;
  organizationId: Id<'org'> | null;
  shareNewTickets: boolean | null;
  /** Whose domain the contact's proved address is of. */
  domainOrganization: TicketOrganization | null;
  /** The same of any of its addresses, for a door that has proved the one that it came by. */
  addressOrganization: TicketOrganization | null;
  /** The first login tied to it. */
  loginId: Id<'prin'> | null;
}

/** The live contact that is named, or tied to the named login; a merged one leads to its winner. */
export const contactQuery = ({ contactId, principalId, email }: RequesterKey): Statement<FoundContact | undefined> => {
  const by =
    contactId !== undefined
      ? sql`(select coalesce(c.merged_into_id, c.id) from contacts c where c.id = ${sql.param(contactId, contacts.id)})`
      : email !== undefined
        ? sql`(select ${contactEmails.contactId} from ${contactEmails} where ${contactEmails.email} = ${email} and ${contactEmails.active})`
        : principalId !== undefined
          ? sql`(select l.contact_id from contact_user_links l join principal p on p.user_id = l.user_id
              where p.id = ${sql.param(principalId, principal.id)} and l.unlinked_at is null)`
          : undefined;
  const found = statement(
    qb
      .select({
        id: contacts.id,
        name: contacts.name,
        email: sql<
          string | null
        >`(select e.email from contact_emails e where e.contact_id = ${contacts.id} and e.is_primary)`,
        organizationId: sql<Id<'org'> | null>`public.to_typeid('org', ${presentOrganization('contacts.organization_id')})`,
        shareNewTickets: organizations.shareNewTickets,
        byDomain: organizationsByDomain(email === undefined ? sql`false` : sql`e.email = ${email}`),
        loginId: sql<Id<'prin'> | null>`(select public.to_typeid('prin', p.id) from ${contactUserLinks} l join ${principal} p on p.user_id = l.user_id
            where l.contact_id = ${contacts.id} and l.unlinked_at is null order by l.linked_at limit 1)`,
      })
      .from(contacts)
      .leftJoin(
        organizations,
        and(
          sql`${organizations.id} = ${presentOrganization('contacts.organization_id')}`,
          isNull(organizations.archivedAt),
        ),
      )
      .where(by === undefined ? nothing : and(sql`${contacts.id} = ${by}`, isNull(contacts.archivedAt))),
  );
  return {
    ...found,
    read(result) {
      const [row] = found.read(result);
      if (row === undefined) return undefined;
      const { byDomain, ...contact } = row;
      const domainOrganization = byDomain.find(({ proved }) => proved) ?? null;
      return { ...contact, domainOrganization, addressOrganization: byDomain.find(({ named }) => named) ?? null };
    },
  };
};

type ByDomain = TicketOrganization & { proved: boolean; named: boolean };

/** Of the host of each address and its parents, the longest first; never over what a person chose. */
const organizationsByDomain = (isNamed: SQL): SQL<ByDomain[]> => sql`(
  select coalesce(jsonb_agg(jsonb_build_object('id', public.to_typeid('org', o.id), 'shareNewTickets', o.share_new_tickets,
    'proved', e.verified_at is not null, 'named', ${isNamed}) order by e.is_primary desc, length(d.domain) desc), '[]')
  from contact_emails e
  cross join lateral string_to_array(split_part(e.email, '@', 2), '.') labels
  join organization_domains d on d.active
    and d.domain = any (array(select array_to_string(labels[i:], '.') from generate_subscripts(labels, 1) i))
  join organizations o on o.id = d.organization_id and o.archived_at is null
  where e.contact_id = ${contacts.id} and e.active and ${contacts.organizationSource} is distinct from 'manual'
    and (select org_by_domain from ticket_settings))`;

export interface FoundLogin {
  id: Id<'prin'>;
  name: string;
  email: string | null;
}

/** A person by their login; programs ask for nothing. */
export const loginQuery = (id: Id<'prin'> | undefined): Statement<FoundLogin | undefined> =>
  one(
    statement(
      qb
        .select({
          id: principal.id,
          name: principal.displayName,
          email: sql<
            string | null
          >`(select u.email from "user" u where u.id = ${principal.userId} and ${principal.memberState} is null)`,
        })
        .from(principal)
        .where(id === undefined ? nothing : and(eq(principal.id, id), eq(principal.type, 'user'))),
    ),
  );

/** The live organisation that a body names. */
export const organizationQuery = (id: Id<'org'> | null | undefined): Statement<TicketOrganization | undefined> =>
  one(
    statement(
      qb
        .select({ id: organizations.id, shareNewTickets: organizations.shareNewTickets })
        .from(organizations)
        .where(id ? and(eq(organizations.id, id), isNull(organizations.archivedAt)) : nothing),
    ),
  );

/** Contacts and organisations are named by whoever may see them. */
export const mayName = (authority: Authority): boolean => holdsAnywhere(authority, 'org.view');

/**
 * Who is meant. An address that no live contact has leads to one, archived or new.
 * @throws ServiceError unprocessable `unknown_reference` for an id that is absent, archived or out of sight.
 */
export function requesterOf(
  asked: RequesterInput | null | undefined,
  found: { contact: FoundContact | undefined; login: FoundLogin | undefined } & LoadedMet,
  authority: Authority,
): Requester | null {
  if (asked === undefined || asked === null) return null;
  const { contact, login } = found;
  if ('principalId' in asked && login === undefined) throw unknownReference('/requester/principalId');
  if ('contactId' in asked && (contact === undefined || !mayName(authority))) {
    throw unknownReference('/requester/contactId');
  }
  if (contact !== undefined) return { contact, principalId: login?.id ?? contact.loginId };
  if (login !== undefined) return { principal: login };
  if (!('email' in asked)) throw new TypeError('an id without its row was let through');
  return { email: requireEmail(asked.email, '/requester/email'), name: asked.name ?? null, met: metOf(found) };
}
