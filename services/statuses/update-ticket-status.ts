import { sql } from 'drizzle-orm';
import type * as z from 'zod';
import type { TicketStatus, UpdateTicketStatusBody } from '#schema/api/ticket-statuses.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { ticketStatuses } from '#schema/index.ts';
import { notFound } from '#services/access/permit.ts';
import { change, type Decision, type EventDraft, event, type RootWrite, unchanged } from '#services/kernel/change.ts';
import { auditChanges, type FieldChange, fieldChanges, given } from '#services/kernel/field-changes.ts';
import { qb, statement } from '#services/kernel/query.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { requireVersion, type VersionGuard } from '#services/kernel/version-guard.ts';
import { liveStatus, permitStatuses, type StatusRow, statusPayload, statusView } from './status-queries.ts';

export interface UpdateTicketStatusInput {
  statusId: Id<'tstat'>;
  /** Absent keeps, null clears. */
  changes: Omit<z.output<typeof UpdateTicketStatusBody>, 'version'>;
  ifMatch: VersionGuard | null;
}

const FIELDS = ['name', 'slug', 'color', 'publicLabel', 'position', 'isDefault'] as const;

/**
 * Changes how a status is called and shown, or makes it the default of its category: in the same commit the former one is
 * that no more, both under guard, so that a category has one default after any interleaving.
 * @throws ServiceError not_found; forbidden; stale_version; conflict `name_taken`.
 */
export const updateTicketStatus = defineVerb({
  name: 'updateTicketStatus',
  permission: 'ticket_status.manage',
  load: ({ statusId }: UpdateTicketStatusInput) => ({
    found: liveStatus(statusId),
    defaults: statement<StatusRow[]>(
      qb
        .select()
        .from(ticketStatuses)
        .where(
          sql`${ticketStatuses.isDefault} and ${ticketStatuses.deletedAt} is null and ${ticketStatuses.category} =
            (select s.category from ticket_statuses s where s.id = ${idToUuid(statusId)}::uuid)`,
        ),
    ),
  }),
  decide({ found: [before], defaults }, { changes, ifMatch }, { authority, now }): Decision<TicketStatus> {
    const permit = permitStatuses(authority);
    if (before === undefined) throw notFound();
    requireVersion(ifMatch, before.version, statusView(before));
    const after: StatusRow = { ...before, ...given(changes), updatedAt: now };
    const changed = fieldChanges(before, after, FIELDS);
    if (changed.length === 0) return unchanged(permit, statusView(before));
    after.version += 1;
    const former = changed.some(({ field }) => field === 'isDefault') ? defaults : [];
    const moved = [
      ...former.map((row) => ({ before: row, after: { ...row, isDefault: false, version: row.version + 1 } })),
      { before, after },
    ].map((each) => ({ ...each, changed: fieldChanges(each.before, each.after, FIELDS) }));
    return change<TicketStatus>({
      permit,
      answer: statusView(after),
      // The former default first: a category has one at every moment, or the index refuses.
      roots: moved.map(rootOf),
      audit: {
        action: 'ticket_status.updated',
        target: { type: 'ticket_status', id: before.id, label: after.name },
        changes: auditChanges(changed),
      },
      events: moved.map(updated),
    });
  },
});

interface Moved {
  before: StatusRow;
  after: StatusRow;
  changed: FieldChange[];
}

const rootOf = ({ before, after, changed }: Moved): RootWrite => ({
  kind: 'update',
  table: ticketStatuses,
  what: 'status',
  loaded: before,
  set: {
    ...Object.fromEntries(changed.map(({ field }) => [field, after[field as keyof StatusRow]])),
    version: after.version,
  },
});

const updated = ({ after, changed }: Moved): EventDraft =>
  event({
    type: 'ticket_status.updated',
    entity: after.id,
    audience: 'internal',
    payload: { status: statusPayload(after), changes: changed },
  });
