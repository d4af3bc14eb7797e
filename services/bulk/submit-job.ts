import { type SQL, sql } from 'drizzle-orm';
import { type BulkAction, type BulkJob as BulkJobView, MOST_ITEMS } from '#schema/api/bulk.ts';
import type { TicketFilter } from '#schema/api/ticket-filter.ts';
import { ServiceError } from '#schema/errors.ts';
import { type Id, idToUuid, newId } from '#schema/ids.ts';
import { tickets } from '#schema/index.ts';
import type { Authority } from '#services/access/authority.ts';
import type { Permit } from '#services/access/permit.ts';
import { inReach, visible } from '#services/access/visible.ts';
import { actorOf } from '#services/kernel/actor.ts';
import { type Change, change, type Decision } from '#services/kernel/change.ts';
import { rows, run, type Statement } from '#services/kernel/query.ts';
import type { Deciding, Loading } from '#services/kernel/verb.ts';
import type { MacroRow } from '#services/macros/macro-queries.ts';
import { listedTickets } from '#services/tickets/list-tickets.ts';
import { type BulkJob, jobWake } from './bulk-job.ts';
import { jobView } from './job-view.ts';

const MOST_RUNNING = 3;
/** Jobs on tickets, of which nobody runs more than that. */
export const LIMITED_KINDS: SQL = sql.raw(`('ticket_action', 'incidents', 'undo')`);

export interface Submission {
  ids: readonly Id<'tkt'>[] | undefined;
  filter: TicketFilter | undefined;
  action: BulkAction;
  /** The newest message of each that the caller has read; a later one by the customer is in the way. */
  expectMessageSeq?: Readonly<Record<Id<'tkt'>, number>> | undefined;
}

/** What a submission leans on; `auth` is handed through, because the commit selects by it. */
export const submissionQuery = (picked: SQL, { auth }: Loading): Statement<Submitted> => {
  const query = rows<{
    found: number;
    running: number;
  }>(sql`with ${auth}, ${picked}
    select (select count(*)::int from picked) as found,
      (select count(*)::int from (select from bulk_jobs j where j.actor_id = (select principal_id from auth)
        and j.kind in ${LIMITED_KINDS} and j.state in ('queued', 'running') limit ${MOST_RUNNING}) r) as running`);
  return {
    ...query,
    read: (result) => ({ found: 0, running: 0, ...query.read(result)[0], auth }),
  };
};

export interface Submitted {
  found: number;
  running: number;
  auth: SQL;
}

/** Tickets in the order asked, or what a list would show; `seen` is what the caller may see of those named. */
export function pickedCte({ ids = [], filter, action, expectMessageSeq }: Submission): SQL {
  if (filter !== undefined)
    return sql`${listedTickets(filter, MOST_ITEMS)},
      picked as (select id, row_number() over (order by id) as at, true as seen, null::integer as seq from page)`;
  // A macro may restore; one that does not finds nothing in the trash.
  const seen = action.type === 'restore' || action.type === 'macro' ? inReach() : visible();
  return sql`picked as (
    select asked.id, asked.at, exists (select from ${tickets} where ${tickets.id} = asked.id and ${seen}) as seen, asked.seq
    from unnest(${`{${ids.map(idToUuid).join(',')}}`}::uuid[], ${`{${ids.map((id) => expectMessageSeq?.[id] ?? 'null').join(',')}}`}::integer[])
      with ordinality as asked (id, seq, at))`;
}

/** @throws ServiceError unprocessable `limit_reached`. */
export function requireRoom({ found, running }: Pick<Submitted, 'found' | 'running'>): void {
  const detail =
    found > MOST_ITEMS
      ? `A job works through at most ${MOST_ITEMS} tickets.`
      : running >= MOST_RUNNING
        ? `At most ${MOST_RUNNING} of your jobs run at once.`
        : undefined;
  if (detail !== undefined) throw new ServiceError('unprocessable', detail, { reason: 'limit_reached' });
}

/** The job of a submission, its items fixed in the commit, and its macro as it is now: all tickets get the same. */
export function submitJob(
  permit: Permit,
  { submitted, macros: [macro] }: { submitted: Submitted; macros: readonly MacroRow[] },
  asked: Submission,
  by: Deciding & { authority: Authority },
): Decision<{ job: BulkJobView }> {
  requireRoom(submitted);
  const job = newJob('ticket_action', { action: asked.action, ...(macro === undefined ? {} : { macro }) }, by);
  return startJob(permit, { ...job, total: submitted.found }, sql`${submitted.auth}, ${pickedCte(asked)}`);
}

/** A job in the name of the caller, who hands on no more than they hold now. */
export function newJob(
  kind: BulkJob['kind'],
  params: Record<string, unknown>,
  { ids, now, authority }: Deciding & { authority: Authority },
): BulkJob {
  return {
    id: newId(ids, 'bulk'),
    kind,
    state: 'queued',
    ...actorOf(authority),
    apiKeyId: authority.keyId,
    principalId: authority.principalId,
    params: { ...params, keys: [...new Set(authority.grants.map(({ key }) => key))] },
    total: 0,
    succeeded: 0,
    unchanged: 0,
    failed: 0,
    undoOfId: null,
    resultAttachmentId: null,
    heartbeatAt: now,
    createdAt: now,
    finishedAt: null,
  };
}

/** Writes a job and the items that `picked` gives; what the caller does not see is refused at once. */
export const startJob = (permit: Permit, job: BulkJob, picked: SQL): Change<{ job: BulkJobView }> =>
  change({
    permit,
    answer: { job: jobView(job) },
    writes: [
      run(sql`with ${picked}, items as (
          insert into bulk_job_items (job_id, position, target_id, input, state, code)
          select ${idToUuid(job.id)}::uuid, row_number() over (order by at) - 1, id,
            case when seq is not null then jsonb_build_object('messageSeq', seq) end,
            case when seen then 'pending' else 'refused' end, case when not seen then 'not_found' end
          from picked returning state)
        insert into bulk_jobs (id, kind, state, actor_kind, actor_id, actor_label, principal_id, api_key_id, params, total,
          failed, undo_of_id, heartbeat_at, created_at, finished_at)
        select ${idToUuid(job.id)}::uuid, ${job.kind}, case when n.pending = 0 then 'done' else 'queued' end, ${job.actorKind},
          ${job.actorId}::uuid, ${job.actorLabel}, ${job.principalId === null ? null : idToUuid(job.principalId)}::uuid,
          ${job.apiKeyId === null ? null : idToUuid(job.apiKeyId)}::uuid, ${JSON.stringify(job.params)}::jsonb, n.total,
          n.total - n.pending, ${job.undoOfId === null ? null : idToUuid(job.undoOfId)}::uuid,
          ${job.createdAt}::timestamptz, ${job.createdAt}::timestamptz,
          case when n.pending = 0 then ${job.createdAt}::timestamptz end
        from (select count(*) as total, count(*) filter (where state = 'pending') as pending from items) n`),
    ],
    audit: {
      action: 'bulk_job.created',
      target: { type: 'bulk_job', id: job.id },
      changes: { kind: [null, job.kind], action: [null, jobView(job).action] },
    },
    wakes: [jobWake(job.id)],
  });
