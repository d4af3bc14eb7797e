import { sql } from 'drizzle-orm';
import type { BulkResult } from '#schema/api/bulk.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { keyAuthority } from '#services/access/api-keys/key-queries.ts';
import type { Authority } from '#services/access/authority.ts';
import { holdsAnywhere } from '#services/access/can.ts';
import { memberAuthorityQuery } from '#services/access/member-authority.ts';
import { systemPermit } from '#services/access/permit.ts';
import { type ActorRow, actorOf } from '#services/kernel/actor.ts';
import { type AuditDraft, change, type Decision, unchanged } from '#services/kernel/change.ts';
import { type Kernel, runSystemVerb } from '#services/kernel/run-verb.ts';
import { defineSystemVerb, type Loadables, type Loaded } from '#services/kernel/verb.ts';
import { joinParts, type Parts } from '#services/tickets/merge-changes.ts';
import { type BulkJob, CHUNK_ITEMS, unfinishedJob } from './bulk-job.ts';
import { type Attempts, BULK_TRIES, decideEach, noAttempts } from './decide-each.ts';
import { type Act, deedOf } from './deeds.ts';
import { type PendingItem, pendingItems, recordOutcomes, refuseRest } from './job-items.ts';
import { loadedOne, loadMany } from './load-many.ts';

/** Tickets to which the same is done. */
export interface Group {
  action: Act;
  items: readonly PendingItem[];
}

interface ChunkInput {
  job: BulkJob;
  groups: readonly Group[];
  /** What needs no decision: there is nothing to do to them. */
  settled: readonly PendingItem[];
  attempts: Attempts;
}

const ticketsOf = (items: readonly PendingItem[]): Id<'tkt'>[] => items.map(({ ticketId }) => ticketId);

/** Whose choices the action is about: the person behind the credential that asked. */
const holderOf = ({ principalId, apiKeyId }: BulkJob) =>
  apiKeyId === null
    ? sql`auth as (select ${principalId === null ? null : idToUuid(principalId)}::uuid as holder_id)`
    : sql`auth as (select creator_principal_id as holder_id from api_keys where id = ${idToUuid(apiKeyId)}::uuid)`;

/**
 * One chunk of a job in the name of whoever asked, with what they may do now and might do then; the results are written
 * in the commit of the effects.
 */
const actChunk = defineSystemVerb({
  name: 'bulkJob',
  actor: 'system',
  tries: BULK_TRIES,
  retryOn: ['ticket_tags_name_key'],

  load: ({ job, groups }: ChunkInput, at): Loadables => ({
    job: unfinishedJob(job.id),
    pending: pendingItems(job.id),
    authority:
      job.apiKeyId === null ? memberAuthorityQuery(job.principalId, at.now) : keyAuthority(job.apiKeyId, at.now),
    ...Object.fromEntries(
      groups.flatMap(({ action, items }, i) =>
        Object.entries(loadMany(deedOf(action), ticketsOf(items), { ...at, auth: holderOf(job) })).map(
          ([name, query]) => [`${i}/${name}`, query],
        ),
      ),
    ),
  }),

  decide(loaded, { job, groups, settled, attempts }, by): Decision<{ more: boolean }> {
    const permit = systemPermit('bulk_job');
    if ((loaded.job as BulkJob[]).length === 0) return unchanged(permit, { more: false });
    const authority = narrowed(loaded.authority as Authority | undefined, job);
    if (authority === undefined || !holdsAnywhere(authority, 'ticket.bulk_operate'))
      return change({ permit, answer: { more: false }, writes: [refuseRest(job.id, by.now)], audit: null });
    const pending = new Set((loaded.pending as PendingItem[]).map(({ position }) => position));
    const outcomes: (Omit<BulkResult, 'id'> & { position: number })[] = settled
      .filter(({ position }) => pending.has(position))
      .map(({ position }) => ({ position, state: 'unchanged', code: null, reason: null }));
    const parts: Parts[] = [];
    const audits: AuditDraft[] = [];
    attempts.count += 1;
    for (const [i, { action, items }] of groups.entries()) {
      const part = partOf(loaded, i);
      const open = items.filter((item) => pending.has(item.position) && isAsChosen(item, part));
      const each = decideEach(part, ticketsOf(open), deedOf(action), { ...by, authority }, attempts);
      parts.push(each.parts);
      audits.push(...each.audits);
      outcomes.push(...each.results.map(({ id: _id, ...rest }, n) => ({ ...rest, position: open[n]?.position ?? 0 })));
    }
    if (outcomes.length === 0) return unchanged(permit, { more: pending.size > 0 });
    const whole = joinParts(parts);
    return change({
      ...whole,
      permit,
      answer: { more: pending.size > outcomes.length || pending.size === CHUNK_ITEMS },
      writes: [...whole.writes, recordOutcomes(job.id, outcomes, by.now)],
      activity: whole.activity.map((entry) => ({ ...entry, bulkJobId: job.id })),
      audit: null,
      furtherAudit: audits,
    });
  },
});

const partOf = (loaded: Loaded<Loadables>, i: number): Loaded<Loadables> =>
  Object.fromEntries(
    Object.entries(loaded).flatMap(([name, found]) =>
      name.startsWith(`${i}/`) ? [[name.slice(`${i}/`.length), found]] : [],
    ),
  );

function isAsChosen({ ticketId, revision }: PendingItem, part: Loaded<Loadables>): boolean {
  const { ticket } = loadedOne(part, ticketId);
  return revision === undefined || ticket === undefined || ticket.ticket.revision === revision;
}

/** Never more than the credential could do when it asked: a token's own scopes end with the request. */
function narrowed(authority: Authority | undefined, { params }: BulkJob): Authority | undefined {
  if (authority === undefined) return undefined;
  const { keys } = params as { keys: readonly string[] };
  return { ...authority, grants: authority.grants.filter(({ key }) => keys.includes(key)) };
}

const askerOf = (job: BulkJob): ActorRow => ({
  actorKind: job.actorKind,
  actorId: job.actorId,
  actorLabel: job.actorLabel,
  apiKeyId: job.apiKeyId,
});

export const runChunk = (
  kernel: Kernel,
  job: BulkJob,
  groups: readonly Group[],
  settled: readonly PendingItem[] = [],
): Promise<{ more: boolean }> =>
  runSystemVerb(kernel, actChunk, { job, groups, settled, attempts: noAttempts() }, (loaded) =>
    loaded.authority === undefined ? askerOf(job) : actorOf(loaded.authority as Authority),
  );

/** Runs one chunk of a `ticket_action` or `incidents` job; `more` says that another may follow. */
export const actOnTickets = (kernel: Kernel, job: BulkJob, items: readonly PendingItem[]): Promise<{ more: boolean }> =>
  runChunk(kernel, job, items.length === 0 ? [] : [{ action: (job.params as { action: Act }).action, items }]);
