import { and, asc, eq, isNull } from 'drizzle-orm';
import type { Contact } from '#schema/api/contacts.ts';
import type { Id } from '#schema/ids.ts';
import { contacts } from '#schema/index.ts';
import { afterName, nameKey } from '#services/directory/list-records.ts';
import { selectRecords } from '#services/directory/record-queries.ts';
import { permitRecord } from '#services/directory/require-record.ts';
import { unchanged } from '#services/kernel/change.ts';
import { pageOf, writeCursor } from '#services/kernel/cursor.ts';
import { defineRead } from '#services/kernel/verb.ts';
import { organizationById } from './contact-facts.ts';
import { contactKind, type KnownContact } from './contact-kind.ts';

export interface ListOrganizationContactsInput {
  organizationId: Id<'org'>;
  limit: number;
  cursor: string | undefined;
}

const placeOf = ({ organizationId }: ListOrganizationContactsInput) => ({
  operation: 'listOrganizationContacts',
  sort: 'name',
  filter: organizationId,
});

/** The live people of an organisation by name. @throws ServiceError not_found. */
export const listOrganizationContacts = defineRead({
  name: 'listOrganizationContacts',
  permission: 'org.view',
  load: (input: ListOrganizationContactsInput, { keys }) => ({
    organization: organizationById(input.organizationId),
    found: selectRecords(contactKind, {
      where: and(
        eq(contacts.organizationId, input.organizationId),
        isNull(contacts.archivedAt),
        afterName(contactKind, keys, placeOf(input), input.cursor),
      ),
      orderBy: [asc(contacts.sortName), asc(contacts.id)],
      limit: input.limit + 1,
    }),
  }),
  decide({ organization, found }, input, { authority, keys }) {
    const known = organization === undefined ? undefined : { row: organization, parts: [] };
    const { permit } = permitRecord(authority, 'org.view', known);
    const cursor = ({ row }: KnownContact) => writeCursor(keys, placeOf(input), nameKey(row));
    return unchanged<{ data: Contact[]; page: { next: string | null; hasMore: boolean } }>(
      permit,
      pageOf(found, input.limit, contactKind.view, cursor),
    );
  },
});
