import { type SQL, sql } from 'drizzle-orm';
import { type Id, idToUuid, uuidToId } from '#schema/ids.ts';
import type { COLLEAGUE_ACCESS } from '#schema/tables/organizations.ts';
import type { ASSURANCES, MEMBER_STATES, PARTICIPANT_ROLES, TICKET_VISIBILITIES, ValueOf } from '#schema/values.ts';
import { rows, run, type Statement } from '#services/kernel/query.ts';

/** Who asks at the customer door, as far as the session says: what they are tied to is read anew with every request. */
export interface CustomerSession {
  principalId: Id<'prin'>;
  assurance: ValueOf<typeof ASSURANCES>;
}

/** A customer, whatever else they are: somebody of the desk has here no right that a customer lacks. */
export interface Customer {
  principalId: Id<'prin'>;
  /** The contact that the login is tied to now; null for who has proved nothing. */
  contactId: Id<'contact'> | null;
  organizationId: Id<'org'> | null;
  colleagueAccess: ValueOf<typeof COLLEAGUE_ACCESS> | null;
  name: string;
  /** Taking part in a ticket as a member, now or then, gives no sight as a customer. */
  memberState: ValueOf<typeof MEMBER_STATES> | null;
  assurance: ValueOf<typeof ASSURANCES>;
  digest: string;
}

/** A ticket as far as the customer door decides by it. */
export interface CustomerTicket {
  requesterPrincipalId: Id<'prin'> | null;
  requesterContactId: Id<'contact'> | null;
  organizationId: Id<'org'> | null;
  visibility: ValueOf<typeof TICKET_VISIBILITIES>;
  deletedAt: Date | null;
  /** The parts that this customer has in it. */
  roles: readonly ValueOf<typeof PARTICIPANT_ROLES>[];
}

/**
 * Whether a link `l` holds: one by an address only while both sides have it, the login proved. So whatever changes an
 * address, or its proof, takes the contact's tickets away with that very commit.
 */
const HOLDS = sql`(l.unlinked_at is null and (l.source <> 'verified_email' or exists (
  select from "user" u join contact_emails e on e.contact_id = l.contact_id and e.active and e.email = u.email
  where u.id = l.user_id and u.email_verified)))`;

/** Which organisation an id leads to: people of one that was merged are the winner's before a job has moved them. */
export const presentOrganization = (id: string): SQL =>
  sql.raw(`coalesce((select gone.merged_into_id from organizations gone where gone.id = ${id}), ${id})`);

/** The relation `c`, of one row, or of none for who is suspended or erased. */
export const customerCte = (session: CustomerSession): SQL => sql`c as materialized (${selectCustomer(session)})`;

const selectCustomer = ({ principalId, assurance }: CustomerSession): SQL => sql`
  select p.id as principal_id, k.id as contact_id, o.id as organization_id, o.colleague_access,
    coalesce(k.name, p.display_name) as name, p.member_state
  from principal p
    left join contact_user_links l on l.user_id = p.user_id and ${HOLDS} and ${assurance === 'verified'}::boolean
    left join contacts k on k.id = l.contact_id and k.erased_at is null
    left join organizations o on o.id = ${presentOrganization('k.organization_id')} and o.archived_at is null
  where p.id = ${idToUuid(principalId)}::uuid and p.type <> 'service' and p.erased_at is null
    and p.member_state is distinct from 'suspended'`;

/**
 * The same for a contact without any login, to whom a mail was sent; who was merged into another reads as that one. It sees
 * what it sees by itself, so a link in a mail is no way around a session.
 */
export const contactCte = (contactId: Id<'contact'>): SQL => sql`c as materialized (
  select null::uuid as principal_id, k.id as contact_id, o.id as organization_id, o.colleague_access, k.name, null::text as member_state
  from contacts known join contacts k on k.id = coalesce(known.merged_into_id, known.id)
    left join organizations o on o.id = ${presentOrganization('k.organization_id')} and o.archived_at is null
  where known.id = ${idToUuid(contactId)}::uuid and k.erased_at is null)`;

/** The contact of a session as an expression, for loads that look for it by themselves. */
export const contactOf = ({ principalId, assurance }: CustomerSession): SQL => sql`(
  select l.contact_id from contact_user_links l join principal p on p.user_id = l.user_id
  where p.id = ${idToUuid(principalId)}::uuid and ${HOLDS} and ${assurance === 'verified'}::boolean)`;

interface CustomerRow extends Record<string, unknown> {
  contact_id: string | null;
  organization_id: string | null;
  colleague_access: Customer['colleagueAccess'];
  name: string;
  member_state: Customer['memberState'];
  digest: string;
}

export function customerQuery(session: CustomerSession): Statement<Customer | undefined> {
  const query = rows<CustomerRow>(sql`with ${customerCte(session)} select c.*, md5(c::text) as digest from c`);
  return {
    ...query,
    read: (result) => {
      const [row] = query.read(result);
      if (row === undefined) return undefined;
      return {
        ...session,
        contactId: row.contact_id === null ? null : uuidToId('contact', row.contact_id),
        organizationId: row.organization_id === null ? null : uuidToId('org', row.organization_id),
        colleagueAccess: row.colleague_access,
        name: row.name,
        memberState: row.member_state,
        digest: row.digest,
      };
    },
  };
}

/** The commit's first statement: who acts is tied to what they were tied to at load, or all of it rolls back with 40001. */
export const customerUnchanged = (session: CustomerSession, digest: string): Statement =>
  run(sql`with ${customerCte(session)}
    select public.require_rows((select count(*) from c where md5(c::text) = ${digest}), 1::bigint, 'customer')`);

/** The participations of the customer, as a condition over `ticket_participants` under an alias. */
export const ownSeat = (alias: string): SQL =>
  sql.raw(`(${alias}.contact_id = (select contact_id from c)
    or ${alias}.principal_id = (select principal_id from c where member_state is null))`);

/**
 * A contact's tickets are those of whoever is tied to it now; the login that a ticket names beside it counts for nothing, or
 * it would see them with another address, or having proved none.
 */
export const ofLogin = (t = 'tickets'): SQL =>
  sql.raw(`(${t}.requester_principal_id = (select principal_id from c) and ${t}.requester_contact_id is null)`);

/** Which tickets the relation `c` may see, as a predicate over `tickets` under a name: `seesTicket`, held equal by test. */
export const visibleToCustomer = (t = 'tickets'): SQL => sql`(${sql.raw(`${t}.deleted_at is null
  and (${t}.requester_contact_id = (select contact_id from c)
    or (${t}.visibility = 'org' and ${t}.organization_id = (select organization_id from c))`)} or ${ofLogin(t)}
    or exists (select from ticket_participants seat where ${sql.raw(`seat.ticket_id = ${t}.id`)} and ${ownSeat('seat')})))`;

export const isRequester = (customer: Customer, ticket: CustomerTicket): boolean =>
  ticket.requesterContactId === null
    ? ticket.requesterPrincipalId === customer.principalId
    : ticket.requesterContactId === customer.contactId;

const isColleague = (customer: Customer, ticket: CustomerTicket): boolean =>
  ticket.visibility === 'org' && customer.organizationId !== null && ticket.organizationId === customer.organizationId;

export const seesTicket = (customer: Customer, ticket: CustomerTicket): boolean =>
  ticket.deletedAt === null &&
  (isRequester(customer, ticket) || ticket.roles.length > 0 || isColleague(customer, ticket));

/** Requester, collaborator, cc, and colleagues where the organisation lets them; a watcher reads. */
export const mayReply = (customer: Customer, ticket: CustomerTicket): boolean =>
  isRequester(customer, ticket) ||
  ticket.roles.some((role) => role !== 'watcher') ||
  (isColleague(customer, ticket) && customer.colleagueAccess === 'comment');
