import { type SQL, sql } from 'drizzle-orm';
import * as z from 'zod';
import { idSchema } from '#schema/id-schema.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { rows, type Statement } from '#services/kernel/query.ts';

export const ERASED_NAME = 'Erased person';
export const ERASED_TEXT = '[erased]';

/** Who is erased, as the job keeps it until it is done; then `words` are gone from it as well. */
export const Erasure = z.object({
  /** The contact, then those that were merged into it. */
  contacts: z.array(idSchema('contact')),
  people: z.array(idSchema('prin')),
  /** Name, addresses and whatever else names them, to find what no id leads to. */
  words: z.array(z.string()),
  messages: z.enum(['erase', 'keep']),
});
export type Erasure = z.output<typeof Erasure>;

export const uuids = (ids: readonly Id[]): SQL => sql`${`{${ids.map(idToUuid).join(',')}}`}::uuid[]`;

/** Whether rows of `alias` name them in one of two columns: as contact, as login. */
export const theirs = ({ contacts, people }: Erasure, alias: string, contact: string, login: string): SQL => {
  const [byContact, byLogin] = [contact, login].map((column) => sql.raw(`${alias}.${column}`));
  return people.length === 0
    ? sql`${byContact} = any (${uuids(contacts)})`
    : sql`(${byContact} = any (${uuids(contacts)}) or ${byLogin} = any (${uuids(people)}))`;
};

/** A write that says how many rows it changed and adds them to the receipt of its job, in the same commit. */
export const receipted = (jobId: Id<'bulk'>, what: string, write: SQL): Statement<{ blanked: number }[]> =>
  rows(sql`with w as (${write}), n as (select count(*)::int as blanked from w),
    kept as (
      update bulk_jobs set params = jsonb_set(params, '{receipt}', coalesce(params -> 'receipt', '{}') || jsonb_build_object(${what}::text,
        coalesce((params -> 'receipt' ->> ${what})::int, 0) + n.blanked))
      from n where id = ${idToUuid(jobId)}::uuid and n.blanked > 0)
    select blanked from n`);
