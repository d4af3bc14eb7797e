import type * as z from 'zod';
import type { UpdateTicketTagBody } from '#schema/api/ticket-tags.ts';
import type { Id } from '#schema/ids.ts';
import { ticketTags } from '#schema/index.ts';
import { notFound, permitWorkspace } from '#services/access/permit.ts';
import { change, unchanged } from '#services/kernel/change.ts';
import { auditChanges, fieldChanges, given } from '#services/kernel/field-changes.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { requireVersion, type VersionGuard } from '#services/kernel/version-guard.ts';
import { type TagRow, tagById, tagView } from './tag-row.ts';

export interface UpdateTicketTagInput {
  tagId: Id<'ttag'>;
  /** Absent keeps, null clears. */
  changes: Omit<z.output<typeof UpdateTicketTagBody>, 'version'>;
  ifMatch: VersionGuard | null;
}

/** Renames or colours a tag, wherever it is. @throws ServiceError forbidden; not_found; stale_version; conflict `name_taken`. */
export const updateTicketTag = defineVerb({
  name: 'updateTicketTag',
  permission: 'ticket_field.manage',
  load: ({ tagId }: UpdateTicketTagInput) => ({ found: tagById(tagId) }),
  decide({ found: [before] }, { changes, ifMatch }, { authority, now }) {
    const permit = permitWorkspace(authority, 'ticket_field.manage', { view: 'ticket.view_assigned', single: false });
    if (before === undefined) throw notFound();
    requireVersion(ifMatch, before.version, tagView(before));
    const after: TagRow = { ...before, ...given(changes), updatedAt: now };
    const changed = fieldChanges(before, after, ['name', 'color']);
    if (changed.length === 0) return unchanged(permit, tagView(before));
    after.version += 1;
    const { name, color, version } = after;
    return change({
      permit,
      answer: tagView(after),
      roots: [{ kind: 'update', table: ticketTags, what: 'ticket tag', loaded: before, set: { name, color, version } }],
      audit: {
        action: 'ticket_tag.updated',
        target: { type: 'ticket_tag', id: before.id, label: name },
        changes: auditChanges(changed),
      },
    });
  },
});
