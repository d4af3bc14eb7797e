import type { Id } from '#schema/ids.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import type { VersionGuard } from '#services/kernel/version-guard.ts';
import { fieldById } from './field-row.ts';
import { setArchived } from './set-archived.ts';

export interface ArchiveTicketFieldInput {
  fieldId: Id<'tfield'>;
  ifMatch: VersionGuard | null;
}

/** Takes a field out of use: its values stay, and no new ones come. @throws ServiceError forbidden; not_found; stale_version. */
export const archiveTicketField = defineVerb({
  name: 'archiveTicketField',
  permission: 'ticket_field.manage',
  load: ({ fieldId }: ArchiveTicketFieldInput) => ({ found: fieldById(fieldId) }),
  decide: ({ found }, { ifMatch }, { authority, now }) => setArchived(found[0], now, { authority, ifMatch }),
});
