import type { BulkAction, BulkResult } from '#schema/api/bulk.ts';
import type { Id } from '#schema/ids.ts';
import { permitAnywhere } from '#services/access/permit.ts';
import { change, type Decision, unchanged } from '#services/kernel/change.ts';
import { defineVerb, type Loadables } from '#services/kernel/verb.ts';
import { type Attempts, BULK_TRIES, decideEach } from './decide-each.ts';
import { deedOf } from './deeds.ts';
import { loadMany } from './load-many.ts';

export interface ChangeTicketsInput {
  ids: readonly Id<'tkt'>[];
  action: BulkAction;
  attempts: Attempts;
}

/**
 * One action on up to 50 tickets in one commit, each decided as the operation on one decides it and answered for itself.
 * @throws ServiceError forbidden without `ticket.bulk_operate` anywhere.
 */
export const changeTickets = defineVerb({
  name: 'bulkTickets',
  permission: 'ticket.bulk_operate',
  tries: BULK_TRIES,
  retryOn: ['ticket_tags_name_key'],
  load: ({ ids, action }: ChangeTicketsInput, at): Loadables => loadMany(deedOf(action), ids, at),
  decide(loaded, { ids, action, attempts }, by): Decision<{ results: BulkResult[] }> {
    const permit = permitAnywhere(by.authority, ['ticket.bulk_operate']);
    const { results, parts, audits } = decideEach(loaded, ids, deedOf(action), by, attempts);
    if (audits.length === 0) return unchanged(permit, { results });
    return change({ ...parts, permit, answer: { results }, audit: null, furtherAudit: audits });
  },
});
