import { sql } from 'drizzle-orm';
import type { StartedJob } from '#schema/api/bulk.ts';
import { type Reason, ServiceError } from '#schema/errors.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { ticketStatuses } from '#schema/index.ts';
import { notFound } from '#services/access/permit.ts';
import { startJob } from '#services/directory/start-job.ts';
import { change, event } from '#services/kernel/change.ts';
import { rows, run, type Statement } from '#services/kernel/query.ts';
import { unknownReference } from '#services/kernel/refusals.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { requireVersion, type VersionGuard } from '#services/kernel/version-guard.ts';
import { holdStatus } from '#services/tickets/hold-status.ts';
import { liveStatus, permitStatuses, statusPayload, statusView } from './status-queries.ts';

export interface DeleteTicketStatusInput {
  statusId: Id<'tstat'>;
  /** Of the same category: where the tickets go that have the status. */
  replaceWith: Id<'tstat'> | null;
  ifMatch: VersionGuard | null;
}

/**
 * Deletes a status that is neither a default nor the system's. One in use goes only with another to take its place; it is
 * gone at once, and a job moves the tickets.
 * @throws ServiceError not_found; forbidden; stale_version; conflict `status_is_default`, `status_is_system`,
 *   `status_in_use`; unprocessable `unknown_reference`.
 */
export const deleteTicketStatus = defineVerb({
  name: 'deleteTicketStatus',
  permission: 'ticket_status.manage',

  load: ({ statusId, replaceWith }: DeleteTicketStatusInput) => ({
    found: liveStatus(statusId),
    heir: liveStatus(replaceWith ?? statusId),
    used: rows<{ used: boolean }>(sql`select exists (${ticketsOf(statusId)})
      or exists (select from inboxes where default_status_id = ${idToUuid(statusId)}::uuid) as used`),
  }),

  decide({ found: [status], heir: [heir], used }, { statusId, replaceWith, ifMatch }, by) {
    const { authority, now } = by;
    const permit = permitStatuses(authority);
    if (status === undefined) throw notFound();
    requireVersion(ifMatch, status.version, statusView(status));
    if (status.isDefault) throw refused('status_is_default', 'The default of a category stays.');
    if (status.isSystem) throw refused('status_is_system', 'Every workspace keeps this status.');
    if (replaceWith !== null && (heir === undefined || heir.id === statusId || heir.category !== status.category))
      throw unknownReference('/replaceWith', 'query');
    const moves = used[0]?.used === true;
    if (moves && replaceWith === null)
      throw refused('status_in_use', 'Tickets or an inbox have this status; name one to replace it.');
    const job = replaceWith === null ? null : startJob('status_replace', { statusId, replaceWith }, by);
    return change<StartedJob | null>({
      permit,
      answer: job && { jobId: job.jobId, kind: 'status_replace' },
      holds: replaceWith === null ? [] : [holdStatus(replaceWith)],
      roots: [{ kind: 'update', table: ticketStatuses, what: 'status', loaded: status, set: { deletedAt: now } }],
      writes:
        replaceWith === null
          ? [noTicketsLeft(statusId)]
          : [
              run(sql`update inboxes set default_status_id = ${idToUuid(replaceWith)}::uuid, version = version + 1,
                revision = revision + 1, updated_at = ${now.toISOString()}::timestamptz
                where default_status_id = ${idToUuid(statusId)}::uuid`),
              ...(job?.also.writes ?? []),
            ],
      audit: {
        action: 'ticket_status.deleted',
        target: { type: 'ticket_status', id: statusId, label: status.name },
        changes: { replacedWith: [null, replaceWith], jobId: [null, job?.jobId ?? null] },
      },
      events: [
        event({
          type: 'ticket_status.deleted',
          entity: statusId,
          audience: 'internal',
          payload: { status: statusPayload(status), replacedWith: replaceWith },
        }),
      ],
      wakes: job?.also.wakes ?? [],
    });
  },
});

/** What is in the trash is put right when it comes back. */
const ticketsOf = (statusId: Id<'tstat'>) =>
  sql`select from tickets where status_id = ${idToUuid(statusId)}::uuid and deleted_at is null limit 1`;

/** A ticket that took the status after the load makes the commit decide again. */
const noTicketsLeft = (statusId: Id<'tstat'>): Statement =>
  run(
    sql`select public.require_rows((select count(*) from (${ticketsOf(statusId)}) left_over), 0::bigint, 'status in use')`,
  );

const refused = (reason: Reason, detail: string): ServiceError => new ServiceError('conflict', detail, { reason });
