import { type SQL, sql } from 'drizzle-orm';
import type { BulkResult } from '#schema/api/bulk.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { holdsAnywhere } from '#services/access/can.ts';
import { systemPermit } from '#services/access/permit.ts';
import { actorOf, systemActor } from '#services/kernel/actor.ts';
import { change, type Decision, unchanged } from '#services/kernel/change.ts';
import { type Kernel, runSystemVerb } from '#services/kernel/run-verb.ts';
import { defineSystemVerb, type Loaded } from '#services/kernel/verb.ts';
import { askerOf, authorityOfAsker, narrowed } from './asker.ts';
import type { BulkJob } from './bulk-job.ts';
import { type Attempts, BULK_TRIES, decideEach, noAttempts, together } from './decide-each.ts';
import { type Act, deedOf } from './deeds.ts';
import { pendingIds, pendingTickets, recordOutcomes, refuseRest, unfinishedWork } from './job-items.ts';
import { type ChunkOfLeftOver, leftOver } from './left-over.ts';
import { type LoadedMany, loadMany } from './load-many.ts';
import { moveTicketsOfJob } from './move-tickets-job.ts';
import { releaseAssignee } from './release-assignee.ts';
import { replaceStatus } from './replace-status.ts';
import { retagTickets } from './retag-tickets.ts';
import { type Plan, undoPlan } from './undo-on-tickets.ts';

/** The jobs that act on tickets, as whoever asked might singly. */
const ON_TICKETS: readonly BulkJob['kind'][] = ['ticket_action', 'incidents', 'undo'];

/** Those that the system does to the tickets that are left. */
const LEFT_OVER: Partial<Record<BulkJob['kind'], ChunkOfLeftOver>> = {
  release_assignee: releaseAssignee,
  status_replace: replaceStatus,
  tag_change: retagTickets,
  move_tickets: moveTicketsOfJob,
};

interface ChunkInput {
  jobId: Id<'bulk'>;
  attempts: Attempts;
}

const ofJob = (jobId: Id<'bulk'>, expression: SQL): SQL =>
  sql`(select ${expression} from bulk_jobs j where j.id = ${idToUuid(jobId)}::uuid)`;

const ACTS = sql.raw("coalesce(j.params -> 'macro' -> 'actions', jsonb_build_array(j.params -> 'action'))");

/** What the system's own jobs name, in the shape of an action. */
const HEIRS = sql.raw(
  "jsonb_build_object('assigneePrincipalId', j.params -> 'reassignTo', 'statusId', j.params -> 'replaceWith')",
);

/** What an undo may name, in the shape of actions: what its job took away, and what would come along with that. */
const takenAway = (jobId: Id<'bulk'>): SQL => sql`(select coalesce(jsonb_agg(distinct named.act), '[]') from (
  select case c ->> 'field' when 'tags' then jsonb_build_object('add', c -> 'from', 'remove', c -> 'to')
    else jsonb_build_object(c ->> 'field', c -> 'from') end as act
  from ticket_activity a cross join jsonb_array_elements(a.data -> 'changes') c
  where a.bulk_job_id = j.undo_of_id and a.ticket_id in (${pendingIds(jobId)})
  union all select jsonb_build_object('assigneePrincipalId', public.to_typeid('prin', t.assignee_principal_id),
    'primaryTeamId', public.to_typeid('team', t.primary_team_id)) from tickets t where t.id in (${pendingIds(jobId)})) named)`;

/** All that a chunk needs, by the id of its job alone: what the job is about stands in its row. */
const load = ({ jobId }: ChunkInput, { now }: { now: Date }) => ({
  work: unfinishedWork(jobId),
  authority: authorityOfAsker(jobId, now),
  ...loadMany({
    asked: sql`select * from (${pendingTickets(jobId)}) pending union all select id, null from (${leftOver(jobId)}) left_over`,
    acts: ofJob(jobId, ACTS),
    naming: ofJob(jobId, sql`case when j.undo_of_id is null then ${ACTS} || ${HEIRS} else ${takenAway(jobId)} end`),
    follower: ofJob(
      jobId,
      sql`coalesce((select k.creator_principal_id from api_keys k where k.id = j.api_key_id), j.principal_id)`,
    ),
    undone: ofJob(jobId, sql`j.undo_of_id`),
    now,
  }),
});

type LoadedChunk = Loaded<ReturnType<typeof load>>;

/**
 * One chunk of a job in the name of whoever asked, with what they may do now and might do then; the results are written
 * in the commit of the effects. A job that does not act on tickets is handed back.
 */
const actChunk = defineSystemVerb({
  name: 'bulkJob',
  actor: 'system',
  tries: BULK_TRIES,
  retryOn: ['ticket_tags_name_key'],
  load,
  decide(loaded: LoadedChunk, { jobId, attempts }, by): Decision<{ more: boolean; other?: BulkJob }> {
    const permit = systemPermit('bulk_job');
    const [work] = loaded.work;
    if (work === undefined) return unchanged(permit, { more: false });
    const { job } = work;
    const ofSystem = LEFT_OVER[job.kind];
    if (ofSystem !== undefined) return ofSystem(loaded, job, by);
    if (!ON_TICKETS.includes(job.kind)) return unchanged(permit, { more: false, other: job });
    const authority = narrowed(loaded.authority, job);
    if (authority === undefined || !holdsAnywhere(authority, 'ticket.bulk_operate'))
      return change({ permit, answer: { more: false }, writes: [refuseRest(jobId, by.now)], audit: null });
    attempts.count += 1;
    const { action, macro } = job.params as { action?: Act } & Pick<LoadedMany, 'macro'>;
    const { groups, settled }: Plan =
      action === undefined
        ? undoPlan(loaded.many, work.pending)
        : { groups: [{ action, items: work.pending }], settled: [] };
    const outcomes: (Omit<BulkResult, 'id'> & { position: number })[] = settled.map(({ position }) => ({
      ...{ position, state: 'unchanged', code: null, reason: null },
    }));
    const whole: LoadedMany = { ...loaded, macro };
    const decided = groups.map(({ action, items }) => {
      const ids = items.map(({ ticketId }) => ticketId);
      const each = decideEach(whole, ids, deedOf(action), { ...by, authority }, attempts);
      outcomes.push(...each.results.map(({ id: _id, ...rest }, n) => ({ ...rest, position: items[n]?.position ?? 0 })));
      return each;
    });
    const parts = together(decided);
    const done = job.succeeded + job.unchanged + job.failed + outcomes.length;
    return change({
      ...parts,
      permit,
      answer: { more: done < job.total },
      writes: [...parts.writes, recordOutcomes(jobId, outcomes, by.now)],
      activity: parts.activity.map((entry) => ({ ...entry, bulkJobId: jobId })),
    });
  },
});

/** Runs one chunk of a job that acts on tickets; `more` says that another follows, `other` that it is another kind of job. */
export const actOnTickets = (kernel: Kernel, jobId: Id<'bulk'>): Promise<{ more: boolean; other?: BulkJob }> =>
  runSystemVerb(kernel, actChunk, { jobId, attempts: noAttempts() }, ({ work: [work], authority }) => {
    if (work === undefined || LEFT_OVER[work.job.kind] !== undefined) return systemActor();
    return authority === undefined ? askerOf(work.job) : actorOf(authority);
  });
