import { sql } from 'drizzle-orm';
import { type Id, idToUuid, uuidToId } from '#schema/ids.ts';
import type { ActivityData } from '#schema/tables/ticket-activity.ts';
import { canonicalJson } from '#services/kernel/canonical-json.ts';
import { rows, type Statement } from '#services/kernel/query.ts';
import type { Kernel } from '#services/kernel/run-verb.ts';
import { type Group, runChunk } from './act-on-tickets.ts';
import type { BulkJob } from './bulk-job.ts';
import type { Act } from './deeds.ts';
import { inverseOf, type Present, type Told } from './inverse-of.ts';
import type { PendingItem } from './job-items.ts';

/** Groups that one chunk decides: each has a load of its own. */
const MOST_GROUPS = 20;

interface Entry extends Told {
  ticketId: Id<'tkt'>;
  present: Present & { revision: number };
}

/** What happened to tickets since a job changed them, its own entries first. */
function historyQuery(jobId: Id<'bulk'>, ticketIds: readonly Id<'tkt'>[]): Statement<Entry[]> {
  const job = sql`${idToUuid(jobId)}::uuid`;
  const query = rows<{ ticket_id: string; by_job: boolean; data: ActivityData; present: Entry['present'] }>(sql`
    select a.ticket_id, jsonb_build_object('primaryTeamId', public.to_typeid('team', t.primary_team_id),
      'assigneePrincipalId', public.to_typeid('prin', t.assignee_principal_id), 'revision', t.revision) as present, a.bulk_job_id is not distinct from ${job} as by_job, a.data
    from ticket_activity a join tickets t on t.id = a.ticket_id join (
      select ticket_id, min(revision) as revision from ticket_activity where bulk_job_id = ${job} group by ticket_id
    ) first on first.ticket_id = a.ticket_id and a.revision >= first.revision
    where a.ticket_id = any (${`{${ticketIds.map(idToUuid).join(',')}}`}::uuid[])
    order by a.revision, a.id`);
  return {
    ...query,
    read: (result) =>
      query.read(result).map(({ ticket_id, by_job, data, present }) => ({
        present,
        ticketId: uuidToId('tkt', ticket_id),
        byJob: by_job,
        changes: data.changes ?? [],
      })),
  };
}

/** Runs one chunk of an `undo` job; `more` says that another may follow. */
export async function undoOnTickets(
  kernel: Kernel,
  job: BulkJob,
  items: readonly PendingItem[],
): Promise<{ more: boolean }> {
  if (job.undoOfId === null || items.length === 0) return runChunk(kernel, job, []);
  const [history] = await kernel.db.batch(
    [
      historyQuery(
        job.undoOfId,
        items.map(({ ticketId }) => ticketId),
      ),
    ],
    {
      kind: 'load',
    },
  );
  const groups = new Map<string, { action: Act; items: PendingItem[] }>();
  const settled: PendingItem[] = [];
  for (const item of items) {
    const own = history.filter(({ ticketId }) => ticketId === item.ticketId);
    const present = own[0]?.present;
    const action = present && inverseOf(own, present);
    if (present === undefined || action === undefined) {
      settled.push(item);
      continue;
    }
    const name = canonicalJson(action);
    const group = groups.get(name) ?? { action, items: [] };
    group.items.push({ ...item, revision: present.revision });
    groups.set(name, group);
  }
  const chunk: Group[] = [...groups.values()].slice(0, MOST_GROUPS);
  return runChunk(kernel, job, chunk, settled);
}
