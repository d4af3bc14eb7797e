import { type SQL, sql } from 'drizzle-orm';
import type { BulkResult } from '#schema/api/bulk.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import type { Authority } from '#services/access/authority.ts';
import { holdsAnywhere } from '#services/access/can.ts';
import { systemPermit } from '#services/access/permit.ts';
import { actorOf } from '#services/kernel/actor.ts';
import { change, type Decision, unchanged } from '#services/kernel/change.ts';
import { type Kernel, runSystemVerb } from '#services/kernel/run-verb.ts';
import { defineSystemVerb, type Loadables, type Loaded } from '#services/kernel/verb.ts';
import { namedByActions } from '#services/macros/named-by-actions.ts';
import { askerOf, askersAuth, authorityOfAsker, narrowed } from './asker.ts';
import type { BulkJob } from './bulk-job.ts';
import { type Attempts, BULK_TRIES, decideEach, noAttempts, together } from './decide-each.ts';
import { type Act, deedOf, namesNothing } from './deeds.ts';
import { pendingIds, pendingTickets, recordOutcomes, refuseRest, unfinishedWork } from './job-items.ts';
import { type LoadedMany, loadMany, OF_EACH } from './load-many.ts';
import { type Plan, undoPlan } from './undo-on-tickets.ts';

/** The jobs that act on tickets, as whoever asked might singly. */
const ON_TICKETS: readonly BulkJob['kind'][] = ['ticket_action', 'incidents', 'undo'];

interface ChunkInput {
  jobId: Id<'bulk'>;
  attempts: Attempts;
}

const ofJob = (jobId: Id<'bulk'>, expression: string): SQL =>
  sql`(select ${sql.raw(expression)} from bulk_jobs where id = ${idToUuid(jobId)}::uuid)`;

/** All that a chunk needs, by the id of its job alone: what the job is about stands in its row. */
const load = ({ jobId }: ChunkInput, { now }: { now: Date }) => ({
  work: unfinishedWork(jobId),
  authority: authorityOfAsker(jobId, now),
  ...loadMany(
    pendingTickets(jobId),
    ofJob(jobId, "coalesce(params -> 'macro' -> 'actions', jsonb_build_array(params -> 'action'))"),
    now,
    ofJob(jobId, 'undo_of_id'),
  ),
});

type LoadedChunk = Loaded<ReturnType<typeof load>>;

const ENDED: Plan & { more: Partial<LoadedMany> } = { groups: [], settled: [], more: {} };

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
  decide(
    loaded: LoadedChunk,
    { jobId, attempts },
    by,
    { groups, settled, more }: typeof ENDED,
  ): Decision<{ more: boolean; other?: BulkJob }> {
    const permit = systemPermit('bulk_job');
    const [work] = loaded.work;
    if (work === undefined) return unchanged(permit, { more: false });
    const { job } = work;
    if (!ON_TICKETS.includes(job.kind)) return unchanged(permit, { more: false, other: job });
    const authority = narrowed(loaded.authority, job);
    if (authority === undefined || !holdsAnywhere(authority, 'ticket.bulk_operate'))
      return change({ permit, answer: { more: false }, writes: [refuseRest(jobId, by.now)], audit: null });
    attempts.count += 1;
    const outcomes: (Omit<BulkResult, 'id'> & { position: number })[] = settled.map(({ position }) => ({
      ...{ position, state: 'unchanged', code: null, reason: null },
    }));
    const whole: LoadedMany = { ...loaded, ...more };
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

/** What is done to the tickets of a chunk, and what only that asks of them: a second trip for few actions. */
async function planOf({ db, now }: Kernel, { work: [work], many }: LoadedChunk): Promise<typeof ENDED> {
  if (work === undefined || !ON_TICKETS.includes(work.job.kind)) return ENDED;
  const { job, pending } = work;
  const { action, macro } = job.params as { action?: Act } & Pick<LoadedMany, 'macro'>;
  const plan =
    action === undefined ? undoPlan(many, pending) : { groups: [{ action, items: pending }], settled: [] as const };
  const acts = plan.groups.map((group) => group.action);
  const asks = new Set(acts.flatMap((act) => deedOf(act).asks ?? []));
  const queries: Loadables = {
    ...Object.fromEntries([...asks].map((name) => [name, OF_EACH[name](pendingIds(job.id), askersAuth(job, now))])),
    ...(action !== undefined || acts.every(namesNothing)
      ? {}
      : { named: namedByActions(sql`${JSON.stringify(acts.flatMap(partsOf))}::jsonb`, now) }),
  };
  const names = Object.keys(queries);
  const found = names.length === 0 ? [] : await db.batch(Object.values(queries), { kind: 'load' });
  return { ...plan, more: { macro, ...Object.fromEntries(names.map((name, i) => [name, found[i]])) } };
}

const partsOf = (act: Act): readonly Act[] => (act.type === 'several' ? act.actions : [act]);

/** Runs one chunk of a job that acts on tickets; `more` says that another follows, `other` that it is another kind of job. */
export const actOnTickets = (kernel: Kernel, jobId: Id<'bulk'>): Promise<{ more: boolean; other?: BulkJob }> =>
  runSystemVerb(
    kernel,
    actChunk,
    { jobId, attempts: noAttempts() },
    ({ work: [work], authority }) =>
      authority === undefined && work !== undefined ? askerOf(work.job) : actorOf(authority as Authority),
    (loaded) => planOf(kernel, loaded),
  );
