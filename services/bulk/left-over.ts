import { type SQL, sql } from 'drizzle-orm';
import { type Id, idToUuid } from '#schema/ids.ts';
import type { Change } from '#services/kernel/change.ts';
import type { Deciding } from '#services/kernel/verb.ts';
import { type BulkJob, CHUNK_ITEMS } from './bulk-job.ts';
import type { LoadedMany } from './load-many.ts';

/** A chunk of a job that finds its tickets by what is still to do; `more` says that another may follow. */
export type ChunkOfLeftOver = (loaded: LoadedMany, job: BulkJob, by: Deciding) => Change<{ more: boolean }>;

/** By kind: what its job has to be rid of, by the name of the parameter, and the tickets that still have it. */
const LEFT: readonly { kind: BulkJob['kind']; param: string; prefix: string; having(what: SQL): SQL }[] = [
  {
    kind: 'status_replace',
    param: 'statusId',
    prefix: 'tstat',
    having: (status) => sql`select t.id from tickets t where t.status_id = ${status} and t.deleted_at is null`,
  },
  {
    kind: 'tag_change',
    param: 'tagId',
    prefix: 'ttag',
    having: (tag) => sql`select t.id from ticket_tag_links l join tickets t on t.id = l.ticket_id
      where l.tag_id = ${tag} and t.deleted_at is null`,
  },
  {
    kind: 'release_assignee',
    param: 'principalId',
    prefix: 'prin',
    having: (leaver) => sql`select t.id from tickets t
      where t.assignee_principal_id = ${leaver} and t.status_category <> 'closed' and t.deleted_at is null
      union select t.id from ticket_participants p join tickets t on t.id = p.ticket_id
      where p.principal_id = ${leaver} and t.deleted_at is null`,
  },
];

/**
 * The next tickets of such a job, by its id alone; none of any other. `offset 0` has them found by what they still have:
 * the order alone would lead through all tickets.
 */
export const leftOver = (jobId: Id<'bulk'>): SQL =>
  sql.join(
    LEFT.map(({ kind, param, prefix, having }) => {
      const what = sql`(select public.from_typeid(j.params ->> ${param}::text, ${prefix}::text) from bulk_jobs j
        where j.id = ${idToUuid(jobId)}::uuid and j.kind = ${kind})`;
      return sql`(select t.id from (${having(what)} offset 0) t where ${what} is not null order by t.id limit ${CHUNK_ITEMS})`;
    }),
    sql` union all `,
  );
