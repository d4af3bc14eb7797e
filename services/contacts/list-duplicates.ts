import { type SQL, sql } from 'drizzle-orm';
import type * as z from 'zod';
import type { DUPLICATE_REASONS, DuplicateContact } from '#schema/api/contacts.ts';
import { fold } from '#schema/fold.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { contacts } from '#schema/index.ts';
import type { ValueOf } from '#schema/values.ts';
import { recordById, selectRecords } from '#services/directory/record-queries.ts';
import { permitRecord } from '#services/directory/require-record.ts';
import { unchanged } from '#services/kernel/change.ts';
import { defineRead } from '#services/kernel/verb.ts';
import { contactKind, type KnownContact, phoneWord, untagged } from './contact-kind.ts';

const MOST = 50;

/** Live contacts that may be the same person, with what speaks for it. @throws ServiceError not_found. */
export const listDuplicates = defineRead({
  name: 'listDuplicateContacts',
  permission: 'org.view',
  load: ({ id }: { id: Id<'contact'> }) => ({
    found: recordById(contactKind, id),
    alike: selectRecords(contactKind, { where: maybeAlike(id), limit: MOST }),
  }),
  decide({ found, alike }, _input, { authority }) {
    const { permit, known } = permitRecord(authority, 'org.view', found);
    const data = alike
      .map((other) => ({ contact: contactKind.view(other), reasons: duplicateReasons(known, other) }))
      .filter(({ reasons }) => reasons.length > 0)
      .sort((a, b) => b.reasons.length - a.reasons.length);
    return unchanged<{ data: z.input<typeof DuplicateContact>[]; page: { next: null; hasMore: false } }>(permit, {
      data,
      page: { next: null, hasMore: false },
    });
  },
});

/** By the name's index and by the words of its addresses and phone, in a search document: the reasons are told afterwards. */
function maybeAlike(id: Id<'contact'>): SQL {
  const self = sql`(select s from contacts s where s.id = ${idToUuid(id)}::uuid)`;
  const words = sql`array(
    select regexp_replace(email, '\\+[^@]*@', '@') from contact_emails where contact_id = ${idToUuid(id)}::uuid
    union all select regexp_replace(phone, '\\D', '', 'g') from contacts where id = ${idToUuid(id)}::uuid and char_length(regexp_replace(phone, '\\D', '', 'g')) >= 5)`;
  return sql`${contacts.archivedAt} is null and ${contacts.id} <> ${idToUuid(id)}::uuid and (
    (${contacts.sortName} = (${self}).sort_name and ${contacts.organizationId} is not distinct from (${self}).organization_id)
    or search_doc(${contacts.searchText}) @@ coalesce((
      select string_agg('''' || replace(replace(word, '\\', '\\\\'), '''', '''''') || '''', ' | ')::tsquery from unnest(${words}) word), ''::tsquery))`;
}

/** What speaks for two contacts being one person. */
export function duplicateReasons(a: KnownContact, b: KnownContact): ValueOf<typeof DUPLICATE_REASONS>[] {
  const twins = (one: KnownContact) => new Set(one.parts.map(({ value }) => untagged(value)));
  const [phone, other] = [phoneWord(a.row.phone), phoneWord(b.row.phone)];
  const sameName = a.row.name !== null && b.row.name !== null && fold(a.row.name) === fold(b.row.name);
  return [
    ...(sameName && a.row.organizationId === b.row.organizationId ? (['name_and_organization'] as const) : []),
    ...([...twins(a)].some((each) => twins(b).has(each)) ? (['plus_tag'] as const) : []),
    ...(phone !== undefined && phone === other ? (['phone'] as const) : []),
  ];
}
