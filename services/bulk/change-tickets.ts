import { sql } from 'drizzle-orm';
import type { BulkJob, BulkResult } from '#schema/api/bulk.ts';
import { AT_ONCE } from '#schema/api/bulk.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { permitAnywhere } from '#services/access/permit.ts';
import { change, type Decision, unchanged } from '#services/kernel/change.ts';
import { defineVerb, type Loadables, type Loading } from '#services/kernel/verb.ts';
import { actionsOf, type MacroRow, macroById } from '#services/macros/macro-queries.ts';
import { type Attempts, BULK_TRIES, decideEach, together } from './decide-each.ts';
import { deedOf, namesNothing } from './deeds.ts';
import { type LoadedMany, loadMany, OF_EACH } from './load-many.ts';
import { pickedCte, type Submission, type Submitted, submissionQuery, submitJob } from './submit-job.ts';

export interface ChangeTicketsInput extends Submission {
  attempts: Attempts;
  /** The newest message of each that the caller has read; a later one by the customer is in the way. */
  expectMessageSeq?: Readonly<Record<Id<'tkt'>, number>> | undefined;
}

const isAtOnce = ({ ids }: Submission): boolean => ids !== undefined && ids.length <= AT_ONCE;

/**
 * One action on many tickets, each decided as the operation on one decides it and answered for itself: up to 50 in this
 * commit, more or those of a filter by a job.
 * @throws ServiceError forbidden without `ticket.bulk_operate` anywhere, unprocessable `limit_reached`.
 */
export const changeTickets = defineVerb({
  name: 'bulkTickets',
  permission: 'ticket.bulk_operate',
  tries: BULK_TRIES,
  retryOn: ['ticket_tags_name_key'],
  load: (input: ChangeTicketsInput, at): Loadables =>
    isAtOnce(input) ? atOnceQueries(input, at) : { submitted: submissionQuery(pickedCte(input), at) },
  decide(loaded, input, by): Decision<{ results: BulkResult[] } | { job: BulkJob }> {
    const permit = permitAnywhere(by.authority, ['ticket.bulk_operate']);
    if (!isAtOnce(input)) return submitJob(permit, loaded.submitted as Submitted, input, by);
    const { ids = [], action, attempts } = input;
    attempts.count += 1;
    const { macros, ...found } = loaded as unknown as LoadedMany & { macros?: MacroRow[] };
    const each = decideEach({ ...found, macro: macros?.[0] }, ids, deedOf(action), by, attempts);
    if (each.changes.length === 0) return unchanged(permit, { results: each.results });
    return change({ ...together([each]), permit, answer: { results: each.results } });
  },
});

function atOnceQueries({ ids = [], action, expectMessageSeq }: ChangeTicketsInput, { now, auth }: Loading): Loadables {
  const read = ids.map((id) => ({ id: idToUuid(id), seq: expectMessageSeq?.[id] ?? null }));
  const asked = sql`select id, seq from jsonb_to_recordset(${JSON.stringify(read)}::jsonb) as asked (id uuid, seq integer)`;
  const only = sql`select id from jsonb_to_recordset(${JSON.stringify(read)}::jsonb) as asked (id uuid)`;
  const isMacro = action.type === 'macro';
  const actions = isMacro ? actionsOf(action.macroId) : sql`${JSON.stringify([action])}::jsonb`;
  return {
    ...loadMany(asked, namesNothing(action) ? null : actions, now),
    ...(isMacro ? { macros: macroById(action.macroId) } : {}),
    ...Object.fromEntries((deedOf(action).asks ?? []).map((name) => [name, OF_EACH[name](only, auth)])),
  };
}
