import type { Id } from '#schema/ids.ts';
import { TICKET_VIEWS } from '#services/access/permissions.ts';
import { notFound, permitAnywhere } from '#services/access/permit.ts';
import { unchanged } from '#services/kernel/change.ts';
import { defineRead } from '#services/kernel/verb.ts';
import { fieldById, fieldView } from './field-row.ts';

/** One field, archived ones too. @throws ServiceError not_found. */
export const getTicketField = defineRead({
  name: 'getTicketField',
  permission: TICKET_VIEWS,
  load: ({ fieldId }: { fieldId: Id<'tfield'> }) => ({ found: fieldById(fieldId) }),
  decide({ found: [field] }, _input, { authority }) {
    const permit = permitAnywhere(authority, TICKET_VIEWS);
    if (field === undefined) throw notFound();
    return unchanged(permit, fieldView(field));
  },
});
