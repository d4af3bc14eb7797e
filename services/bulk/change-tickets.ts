import { sql } from 'drizzle-orm';
import type { BulkJob, BulkResult } from '#schema/api/bulk.ts';
import { AT_ONCE } from '#schema/api/bulk.ts';
import { idToUuid } from '#schema/ids.ts';
import { permitAnywhere } from '#services/access/permit.ts';
import { change, type Decision, unchanged } from '#services/kernel/change.ts';
import { none } from '#services/kernel/query.ts';
import { defineVerb, type Loadables, type Loaded, type Loading } from '#services/kernel/verb.ts';
import { actionsOf, type MacroRow, macroById } from '#services/macros/macro-queries.ts';
import { type Attempts, BULK_TRIES, decideEach, together } from './decide-each.ts';
import { deedOf, namesNothing } from './deeds.ts';
import { loadMany } from './load-many.ts';
import { pickedCte, type Submission, type Submitted, submissionQuery, submitJob } from './submit-job.ts';

export interface ChangeTicketsInput extends Submission {
  attempts: Attempts;
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
    isAtOnce(input)
      ? { ...macrosOf(input), ...atOnceQueries(input, at) }
      : { ...macrosOf(input), submitted: submissionQuery(pickedCte(input), at) },
  decide(loaded, input, by): Decision<{ results: BulkResult[] } | { job: BulkJob }> {
    const permit = permitAnywhere(by.authority, ['ticket.bulk_operate']);
    const macros = loaded.macros as MacroRow[];
    if (!isAtOnce(input)) return submitJob(permit, { submitted: loaded.submitted as Submitted, macros }, input, by);
    const { ids = [], action, attempts } = input;
    attempts.count += 1;
    const found = loaded as Loaded<ReturnType<typeof loadMany>>;
    const each = decideEach({ ...found, macro: macros[0] }, ids, deedOf(action), by, attempts);
    if (each.changes.length === 0) return unchanged(permit, { results: each.results });
    return change({ ...together([each]), permit, answer: { results: each.results } });
  },
});

const macrosOf = ({ action }: Submission) => ({
  macros: action.type === 'macro' ? macroById(action.macroId) : none<MacroRow>(),
});

function atOnceQueries({ ids = [], action, expectMessageSeq }: ChangeTicketsInput, { now, auth }: Loading): Loadables {
  const read = ids.map((id) => ({ id: idToUuid(id), seq: expectMessageSeq?.[id] ?? null }));
  const plain = namesNothing(action);
  const acts =
    action.type === 'macro'
      ? actionsOf(action.macroId)
      : sql`${JSON.stringify([plain ? { type: action.type } : action])}::jsonb`;
  const follows = action.type === 'subscribe' || action.type === 'macro';
  return loadMany({
    asked: sql`select id, seq from jsonb_to_recordset(${JSON.stringify(read)}::jsonb) as asked (id uuid, seq integer)`,
    acts,
    naming: plain ? null : acts,
    follower: follows ? sql`(select holder_id from auth)` : null,
    ...(follows ? { auth } : {}),
    now,
  });
}
