import type { BulkJob, BulkResult } from '#schema/api/bulk.ts';
import { AT_ONCE } from '#schema/api/bulk.ts';
import type { Id } from '#schema/ids.ts';
import { permitAnywhere } from '#services/access/permit.ts';
import { change, type Decision, unchanged } from '#services/kernel/change.ts';
import { defineVerb, type Loadables } from '#services/kernel/verb.ts';
import { type Attempts, BULK_TRIES, decideEach } from './decide-each.ts';
import { deedOf } from './deeds.ts';
import { loadMany } from './load-many.ts';
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
    isAtOnce(input)
      ? loadMany(deedOf(input.action, input.expectMessageSeq), input.ids ?? [], at)
      : { submitted: submissionQuery(pickedCte(input), at) },
  decide(loaded, input, by): Decision<{ results: BulkResult[] } | { job: BulkJob }> {
    const permit = permitAnywhere(by.authority, ['ticket.bulk_operate']);
    if (!isAtOnce(input)) return submitJob(permit, loaded.submitted as Submitted, input, by);
    const { ids = [], action, attempts } = input;
    attempts.count += 1;
    const { results, parts, audits } = decideEach(loaded, ids, deedOf(action), by, attempts);
    if (audits.length === 0) return unchanged(permit, { results });
    return change({ ...parts, permit, answer: { results }, audit: null, furtherAudit: audits });
  },
});
