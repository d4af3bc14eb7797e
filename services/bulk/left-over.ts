import { type SQL, sql } from 'drizzle-orm';
import { type Id, idToUuid } from '#schema/ids.ts';
import type { Change } from '#services/kernel/change.ts';
import type { Deciding } from '#services/kernel/verb.ts';
import { type BulkJob, CHUNK_ITEMS } from './bulk-job.ts';
import type { LoadedMany } from './load-many.ts';

/** A chunk of a job that finds its tickets by what is still to do; `more` says that another may follow. */
export type ChunkOfLeftOver = (loaded: LoadedMany, job: BulkJob, by: Deciding) => Change<{ more: boolean }>;

/** Of some ids those of live tickets, in order. Behind the fence an index gives them; the order alone would lead through all. */
const live = (ids: SQL): SQL => sql`select had.id from (${ids} order by 1 offset 0) had
  cross join lateral (select from tickets where tickets.id = had.id and tickets.deleted_at is null offset 0) live order by had.id`;

/** By kind: what its job has to be rid of, by the name of the parameter, and the tickets that still have it, in order. */
const LEFT: readonly { kind: BulkJob['kind']; param: string; prefix: string; having(what: SQL): SQL }[] = [
  {
    kind: 'status_replace',
    param: 'statusId',
    prefix: 'tstat',
    having: (status) =>
      live(sql`select id from tickets where status_id = ${status}
      and status_category = (select category from ticket_statuses where id = ${status})`),
  },
  {
    kind: 'tag_change',
    param: 'tagId',
    prefix: 'ttag',
    having: (tag) => live(sql`select ticket_id as id from ticket_tag_links where tag_id = ${tag}`),
  },
  {
    kind: 'release_assignee',
    param: 'principalId',
    prefix: 'prin',
    having: (leaver) =>
      live(sql`select id from tickets where assignee_principal_id = ${leaver} and status_category <> 'closed'
      union select ticket_id from ticket_participants where principal_id = ${leaver}`),
  },
];

/** The next tickets of such a job, by its id alone; none of any other. */
export const leftOver = (jobId: Id<'bulk'>): SQL =>
  sql.join(
    LEFT.map(({ kind, param, prefix, having }) => {
      const what = sql`(select public.from_typeid(j.params ->> ${param}::text, ${prefix}::text) from bulk_jobs j
        where j.id = ${idToUuid(jobId)}::uuid and j.kind = ${kind})`;
      return sql`(${having(what)} limit ${CHUNK_ITEMS})`;
    }),
    sql` union all `,
  );
