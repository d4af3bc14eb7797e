import { sql } from 'drizzle-orm';
import { type Id, idToUuid } from '#schema/ids.ts';
import { rows } from '#services/kernel/query.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import type { ArchiveTicketFieldInput } from './archive-field.ts';
import { requireFieldRoom } from './create-field.ts';
import { fieldById, MOST_FIELDS } from './field-row.ts';
import { setArchived } from './set-archived.ts';

/** Brings a field back. @throws ServiceError forbidden; not_found; stale_version; unprocessable `limit_reached`. */
export const unarchiveTicketField = defineVerb({
  name: 'unarchiveTicketField',
  permission: 'ticket_field.manage',
  load: ({ fieldId }: ArchiveTicketFieldInput) => ({ found: fieldById(fieldId), full: fullKindOf(fieldId) }),
  decide: ({ found, full }, { ifMatch }, { authority }) =>
    setArchived(found[0], null, { authority, ifMatch, requireRoom: () => requireFieldRoom(full) }),
});

const fullKindOf = (id: Id<'tfield'>) =>
  rows(sql`select 1 as full from ticket_fields f join ticket_fields live on live.applies_to = f.applies_to and live.archived_at is null
    where f.id = ${idToUuid(id)}::uuid offset ${MOST_FIELDS - 1} limit 1`);
