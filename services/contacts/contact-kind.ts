import type { Contact } from '#schema/api/contacts.ts';
import { MAX_EMAILS } from '#schema/api/contacts.ts';
import { parentsOf } from '#schema/domain-name.ts';
import { fold } from '#schema/fold.ts';
import type { Id } from '#schema/ids.ts';
import { contactEmails, contacts } from '#schema/index.ts';
import type { Known, Part, RecordKind } from '#services/directory/record-kind.ts';
import { event } from '#services/kernel/change.ts';

export type ContactRow = typeof contacts.$inferSelect;
export type KnownContact = Known<ContactRow>;

export const contactKind: RecordKind<ContactRow, Contact> = {
  noun: 'contact',
  prefix: 'contact',
  table: contacts,
  parts: {
    name: 'emails',
    prefix: 'cmail',
    table: contactEmails,
    sqlName: 'contact_emails',
    sqlOwner: 'contact_id',
    sqlValue: 'email',
    verifiable: true,
    most: MAX_EMAILS,
    stored: (contactId, { id, value, isPrimary, active, verifiedAt, createdAt }) => ({
      id,
      contactId,
      email: value,
      isPrimary,
      active,
      verifiedAt,
      createdAt,
    }),
  },
  fields: [
    'name',
    'title',
    'phone',
    'externalId',
    'organizationId',
    'organizationSource',
    'avatarUrl',
    'locale',
    'timeZone',
    'attributes',
    'archivedAt',
  ],
  untold: [],
  named: ({ row: { name, externalId, phone }, parts }) => ({
    sortName: fold(name ?? parts[0]?.value ?? externalId ?? ''),
    searchText: fold(
      [
        name,
        externalId,
        phoneWord(phone),
        ...parts.flatMap(({ value }) => [value, untagged(value), ...domainWords(value)]),
      ]
        .filter(Boolean)
        .join(' '),
    ),
  }),
  view: ({ row, parts }) => ({
    id: row.id,
    name: row.name,
    title: row.title,
    phone: row.phone,
    externalId: row.externalId,
    organizationId: row.organizationId,
    organizationSource: row.organizationSource,
    avatarUrl: row.avatarUrl,
    locale: row.locale,
    timeZone: row.timeZone,
    attributes: row.attributes,
    emails: parts.map(emailView),
    archivedAt: row.archivedAt?.toISOString() ?? null,
    erasedAt: row.erasedAt?.toISOString() ?? null,
    mergedIntoId: row.mergedIntoId,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
    version: row.version,
  }),
  event: (telling, { row, parts }, changes) => {
    const payload = {
      contactId: row.id,
      name: row.name,
      emails: parts.map(({ value }) => value),
      externalId: row.externalId,
      organizationId: row.organizationId,
    };
    const about = { entity: row.id, audience: 'internal' } as const;
    return telling === 'updated'
      ? event({ type: 'contact.updated', payload: { ...payload, changes }, ...about })
      : event({ type: `contact.${telling}`, payload, ...about });
  },
};

const SHORTEST_PHONE_DIGITS = 5;

/** The digits of a telephone number, however it is written; `undefined` for an extension or a note. */
export function phoneWord(phone: string | null): string | undefined {
  const digits = phone?.replace(/\D/g, '') ?? '';
  return digits.length < SHORTEST_PHONE_DIGITS ? undefined : digits;
}

/** An address without what stands after a plus: most providers deliver both to one mailbox. */
export const untagged = (email: string): string => email.replace(/\+[^@]*@/, '@');

/** An address is found by its domain and by those above it. */
const domainWords = (email: string): string[] => parentsOf(email.slice(email.lastIndexOf('@') + 1)).slice(0, -1);

export const emailView = ({ id, value, isPrimary, active, verifiedAt, createdAt }: Part) => ({
  id: id as Id<'cmail'>,
  email: value,
  isPrimary,
  active,
  verifiedAt: verifiedAt?.toISOString() ?? null,
  createdAt: createdAt.toISOString(),
});
