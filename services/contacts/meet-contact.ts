import type { SQL } from 'drizzle-orm';
import { sql } from 'drizzle-orm';
import { type Also, diffRecord } from '#services/directory/change-record.ts';
import type { Owner } from '#services/directory/record-queries.ts';
import { revived } from '#services/directory/revived.ts';
import { onlyIf } from '#services/kernel/query.ts';
import type { Deciding } from '#services/kernel/verb.ts';
import { type AddressFacts, addressFacts, contactByAddress, takenFromAddress } from './contact-facts.ts';
import { contactKind, type KnownContact } from './contact-kind.ts';
import { joined, relink } from './link-rule.ts';
import { newContact } from './new-contact.ts';

export interface MetFacts extends AddressFacts {
  known: KnownContact | undefined;
  taken: Owner[];
}

/** What is known of somebody who comes with an address, named so that a load can hold it beside other things. */
export function metQueries(email: string | SQL | undefined) {
  const address = email === undefined ? sql`null::text` : sql`${email}::text`;
  const { domains, people } = addressFacts(sql`array[${address}]`);
  const named = email !== undefined;
  return {
    metContact: onlyIf(named, contactByAddress(address)),
    metTaken: onlyIf(named, takenFromAddress(address)),
    metDomains: onlyIf(named, domains),
    metPeople: onlyIf(named, people),
  };
}

/** What `metQueries` has read. */
export type LoadedMet = {
  [K in keyof ReturnType<typeof metQueries>]: ReturnType<ReturnType<typeof metQueries>[K]['read']>;
};

export const metOf = ({ metContact, metTaken, metDomains, metPeople }: LoadedMet): MetFacts => ({
  known: metContact,
  taken: metTaken,
  domains: metDomains,
  people: metPeople,
});

/** Constraints at which two who meet the same person, or the first of a new organisation, decide again. */
export const MEETING_KEYS = ['contact_emails_email_key', 'organization_domains_domain_key'] as const;

/**
 * The contact of an address, found or made: a live one as it is, an archived one taken back into use without what others
 * have taken, else a new one.
 */
export function meetContact(
  { email, name, verified }: { email: string; name: string | null; verified: boolean },
  { known, taken, ...facts }: MetFacts,
  by: Pick<Deciding, 'now' | 'ids'>,
): { known: KnownContact; also: Also } {
  if (known === undefined) return newContact({ name }, [{ email, verified }], facts, by);
  if (known.row.archivedAt === null) return { known, also: {} };
  const wanted = revived(
    known,
    taken.map(({ value }) => value),
  );
  const { after, roots, writes } = diffRecord(contactKind, known, wanted, by.now);
  return {
    known: after,
    also: joined([
      { roots, writes, events: [contactKind.event('unarchived', after, [])] },
      relink(after, [], facts.people, by),
    ]),
  };
}
