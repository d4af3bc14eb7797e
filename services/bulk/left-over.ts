import { type SQL, sql } from 'drizzle-orm';
import { type Id, idToUuid } from '#schema/ids.ts';
import type { Change } from '#services/kernel/change.ts';
import type { Deciding } from '#services/kernel/verb.ts';
import { type BulkJob, CHUNK_ITEMS } from './bulk-job.ts';
import type { LoadedMany } from './load-many.ts';

/** A chunk of a job that finds its tickets by what is still to do; `more` says that another may follow. */
export type ChunkOfLeftOver = (loaded: LoadedMany, job: BulkJob, by: Deciding) => Change<{ more: boolean }>;

/** By kind: what its job has to be rid of, by the name of the parameter, and which tickets still have it. */
const LEFT: readonly { kind: BulkJob['kind']; param: string; prefix: string; has(what: SQL): SQL }[] = [
  { kind: 'status_replace', param: 'statusId', prefix: 'tstat', has: (status) => sql`t.status_id = ${status}` },
  {
    kind: 'tag_change',
    param: 'tagId',
    prefix: 'ttag',
    has: (tag) => sql`exists (select from ticket_tag_links l where l.ticket_id = t.id and l.tag_id = ${tag})`,
  },
  {
    kind: 'release_assignee',
    param: 'principalId',
    prefix: 'prin',
    has: (leaver) => sql`((t.assignee_principal_id = ${leaver} and t.status_category <> 'closed')
      or exists (select from ticket_participants p where p.ticket_id = t.id and p.principal_id = ${leaver}))`,
  },
];

/** The next tickets of such a job, by its id alone; none of any other. */
export const leftOver = (jobId: Id<'bulk'>): SQL =>
  sql.join(
    LEFT.map(({ kind, param, prefix, has }) => {
      const what = sql`(select public.from_typeid(j.params ->> ${param}::text, ${prefix}::text) from bulk_jobs j
        where j.id = ${idToUuid(jobId)}::uuid and j.kind = ${kind})`;
      return sql`(select t.id from tickets t where ${what} is not null and t.deleted_at is null and ${has(what)}
        order by t.id limit ${CHUNK_ITEMS})`;
    }),
    sql` union all `,
  );
