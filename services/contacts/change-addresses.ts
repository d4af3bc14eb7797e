import { sql } from 'drizzle-orm';
import type { Id } from '#schema/ids.ts';
import type { Permit } from '#services/access/permit.ts';
import { changeRecord } from '#services/directory/change-record.ts';
import type { Part } from '#services/directory/record-kind.ts';
import { recordById } from '#services/directory/record-queries.ts';
import type { Decision } from '#services/kernel/change.ts';
import type { Deciding, Loaded } from '#services/kernel/verb.ts';
import { addressesOf, addressFacts, linksOf, placeByDomain } from './contact-facts.ts';
import { contactKind, type KnownContact } from './contact-kind.ts';
import { joined, relink } from './link-rule.ts';

/** A contact with all that its addresses lead to, and `more` ones that it may get. */
export const addressQueries = (id: Id<'contact'>, more: readonly string[] = []) => ({
  found: recordById(contactKind, id),
  links: linksOf(id),
  ...addressFacts(sql`${addressesOf(id, more)}`),
});

/**
 * A contact with other addresses: people tied by one that is gone lose it in the same commit, people who have proved one
 * that is new get it, and a proved address may place the contact.
 */
export function changeAddresses<Output>(
  known: KnownContact,
  parts: readonly Part[],
  { links, people, domains }: Omit<Loaded<ReturnType<typeof addressQueries>>, 'found'>,
  asked: { permit: Permit; by: Pick<Deciding, 'now' | 'ids'>; answer(after: KnownContact): Output },
): Decision<Output> {
  const placed = placeByDomain(known.row, parts, domains, asked.by);
  const wanted = { row: { ...known.row, ...placed?.place }, parts };
  return changeRecord(contactKind, {
    permit: asked.permit,
    before: known,
    after: wanted,
    now: asked.by.now,
    also: joined([placed?.also ?? {}, relink(wanted, links, people, asked.by)]),
    answer: asked.answer,
  });
}
