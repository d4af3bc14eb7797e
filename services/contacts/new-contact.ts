import { newId } from '#schema/ids.ts';
import { type Also, insertRecord } from '#services/directory/change-record.ts';
import type { Part } from '#services/directory/record-kind.ts';
import type { Deciding } from '#services/kernel/verb.ts';
import { type AddressFacts, placeByDomain } from './contact-facts.ts';
import { type ContactRow, contactKind, type KnownContact } from './contact-kind.ts';
import { joined, relink } from './link-rule.ts';

type Given = Partial<
  Pick<
    ContactRow,
    | 'name'
    | 'title'
    | 'phone'
    | 'externalId'
    | 'organizationId'
    | 'organizationSource'
    | 'avatarUrl'
    | 'locale'
    | 'timeZone'
    | 'attributes'
  >
>;

export interface MadeContact {
  known: KnownContact;
  also: Also;
}

/**
 * A contact met for the first time, with its addresses, the first of them primary: placed by domain unless placed already,
 * tied to the people who have proved an address. Two at once meet in the unique address and decide again.
 */
export function newContact(
  given: Given,
  emails: readonly { email: string; verified: boolean }[],
  facts: AddressFacts,
  by: Pick<Deciding, 'now' | 'ids'>,
): MadeContact {
  const { now, ids } = by;
  const parts = emails.map(({ email, verified }, i) => newAddress({ email, verified, isPrimary: i === 0 }, by));
  const row: ContactRow = {
    name: null,
    title: null,
    phone: null,
    externalId: null,
    organizationId: null,
    organizationSource: null,
    avatarUrl: null,
    locale: null,
    timeZone: null,
    attributes: {},
    ...given,
    id: newId(ids, 'contact'),
    sortName: '',
    searchText: '',
    archivedAt: null,
    erasedAt: null,
    mergedIntoId: null,
    createdAt: now,
    updatedAt: now,
    version: 1,
    revision: 1,
    eventSeq: 0,
  };
  const placed = placeByDomain(row, parts, facts.domains, by);
  const whole = { ...row, ...placed?.place };
  const known = { row: { ...whole, ...contactKind.named({ row: whole, parts }) }, parts };
  return {
    known,
    also: joined([placed?.also ?? {}, insertRecord(contactKind, known), relink(known, [], facts.people, by)]),
  };
}

export const newAddress = (
  { email, verified, isPrimary }: { email: string; verified: boolean; isPrimary: boolean },
  { now, ids }: Pick<Deciding, 'now' | 'ids'>,
): Part => ({
  id: newId(ids, 'cmail'),
  value: email,
  isPrimary,
  active: true,
  verifiedAt: verified ? now : null,
  createdAt: now,
});
