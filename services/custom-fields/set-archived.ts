import type { TicketField } from '#schema/api/custom-fields.ts';
import { ticketFields } from '#schema/index.ts';
import type { Authority } from '#services/access/authority.ts';
import { notFound, permitWorkspace } from '#services/access/permit.ts';
import { change, type Decision, unchanged } from '#services/kernel/change.ts';
import { requireVersion, type VersionGuard } from '#services/kernel/version-guard.ts';
import { type FieldRow, fieldView } from './field-row.ts';

/** Into the archive with an instant, out of it with null. @throws ServiceError forbidden; not_found; stale_version. */
export function setArchived(
  before: FieldRow | undefined,
  archivedAt: Date | null,
  by: { authority: Authority; ifMatch: VersionGuard | null; requireRoom?: () => void },
): Decision<TicketField> {
  const permit = permitWorkspace(by.authority, 'ticket_field.manage', { view: 'ticket.view_assigned', single: false });
  if (before === undefined) throw notFound();
  requireVersion(by.ifMatch, before.version, fieldView(before));
  if ((before.archivedAt === null) === (archivedAt === null)) return unchanged(permit, fieldView(before));
  by.requireRoom?.();
  const version = before.version + 1;
  return change({
    permit,
    answer: fieldView({ ...before, archivedAt, version }),
    roots: [
      { kind: 'update', table: ticketFields, what: 'ticket field', loaded: before, set: { archivedAt, version } },
    ],
    audit: {
      action: archivedAt === null ? 'ticket_field.unarchived' : 'ticket_field.archived',
      target: { type: 'ticket_field', id: before.id, label: before.label },
      changes: { archivedAt: [before.archivedAt?.toISOString() ?? null, archivedAt?.toISOString() ?? null] },
    },
  });
}
