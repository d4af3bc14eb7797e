import { eq, type SQL, sql } from 'drizzle-orm';
import { type Id, idToUuid } from '#schema/ids.ts';
import { contacts, organizations } from '#schema/index.ts';
import type { Also } from '#services/directory/change-record.ts';
import { holdOrganization } from '#services/directory/hold-live.ts';
import type { Part } from '#services/directory/record-kind.ts';
import { first, ownersOfPartsOf, selectRecords, textArray } from '#services/directory/record-queries.ts';
import { nothing, qb, type Statement, statement } from '#services/kernel/query.ts';
import { unknownReference } from '#services/kernel/refusals.ts';
import type { Deciding } from '#services/kernel/verb.ts';
import { type DomainFacts, domainFacts, placeOf } from '#services/organizations/domain-facts.ts';
import { newOrganization } from '#services/organizations/new-organization.ts';
import { type ContactRow, contactKind, type KnownContact } from './contact-kind.ts';
import { type Link, linksWhere, type ProvenPerson, peopleWhere } from './link-rule.ts';

export interface AddressFacts {
  domains: DomainFacts;
  people: ProvenPerson[];
}

/** What some addresses lead to: organisations by domain, people who have proved them. */
export const addressFacts = (emails: SQL) => ({
  domains: domainFacts(sql`(select array_agg(split_part(e, '@', 2)) from unnest(${emails}) e)`),
  people: peopleWhere(sql`u.email = any (${emails})`),
});

/** The contact that has an address, an archived one if no live one does; an erased one never. */
export const contactByAddress = (email: SQL): Statement<KnownContact | undefined> =>
  first(selectRecords(contactKind, { where: sql`${contacts.id} = ${idByAddress(email)}` }));

/** Who has by now what an archived contact had. */
export const takenFrom = (contactId: SQL) => ownersOfPartsOf(contactKind, contactId);

export const takenFromAddress = (email: SQL) => takenFrom(idByAddress(email));

const idByAddress = (email: SQL): SQL => sql`(
  select e.contact_id from contact_emails e join contacts c on c.id = e.contact_id
  where e.email = ${email} and c.erased_at is null order by e.active desc, c.archived_at desc limit 1)`;

/** Addresses of a stored contact, and more, for statements that lean on all of them. */
export const addressesOf = (contactId: Id<'contact'>, more: readonly string[] = []): SQL =>
  sql`(array(select email from contact_emails where contact_id = ${idToUuid(contactId)}::uuid) || ${textArray(more)})`;

export const linksOf = (contactId: Id<'contact'>): Statement<Link[]> =>
  linksWhere(sql`l.contact_id = ${idToUuid(contactId)}::uuid`);

export const organizationById = (
  id: Id<'org'> | null | undefined,
): Statement<{ archivedAt: Date | null } | undefined> =>
  first(
    statement(
      qb
        .select({ archivedAt: organizations.archivedAt })
        .from(organizations)
        .where(id === undefined || id === null ? nothing : eq(organizations.id, id)),
    ),
  );

type Place = Pick<ContactRow, 'organizationId' | 'organizationSource'>;

/** The organisation that a person chose, held while the commit runs. @throws ServiceError unprocessable `unknown_reference`. */
export function chosenPlace(
  organizationId: Id<'org'> | null,
  found: { archivedAt: Date | null } | undefined,
): { place: Place; also: Also } {
  if (organizationId === null) return { place: { organizationId, organizationSource: 'manual' }, also: {} };
  if (found === undefined || found.archivedAt !== null) throw unknownReference('/organizationId');
  return {
    place: { organizationId, organizationSource: 'manual' },
    also: { holds: [holdOrganization(organizationId)] },
  };
}

/**
 * Where proved addresses put somebody for whom nobody has chosen: into the organisation of the domain, or into a new one
 * where the workspace makes them. `null` leaves them where they are.
 */
export function placeByDomain(
  row: Place,
  parts: readonly Part[],
  facts: DomainFacts,
  { now, ids }: Pick<Deciding, 'now' | 'ids'>,
): { place: Place; also: Also } | null {
  if (row.organizationId !== null || row.organizationSource !== null || !facts.joins) return null;
  const hosts = parts
    .filter(({ verifiedAt, active }) => verifiedAt !== null && active)
    .map(({ value }) => value.slice(value.lastIndexOf('@') + 1));
  for (const host of hosts) {
    const found = placeOf(host, facts);
    if (found === undefined || ('apex' in found && !facts.creates)) continue;
    if ('organizationId' in found)
      return {
        place: { organizationId: found.organizationId, organizationSource: 'domain' },
        also: { holds: [holdOrganization(found.organizationId)] },
      };
    const { known, roots, writes, events } = newOrganization(ids, { name: found.apex }, [found.apex], now);
    return {
      place: { organizationId: known.row.id, organizationSource: 'domain' },
      also: { roots, writes, events },
    };
  }
  return null;
}
