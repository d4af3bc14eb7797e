import { sql } from 'drizzle-orm';
import type { MovedTicket } from '#schema/api/ticket-life.ts';
import { ServiceError } from '#schema/errors.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { tickets } from '#schema/index.ts';
import { permitAnywhere } from '#services/access/permit.ts';
import { visible } from '#services/access/visible.ts';
import { change, type Decision, isChange } from '#services/kernel/change.ts';
import { none, type Statement } from '#services/kernel/query.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { type MoveTicketInput, moveTicket } from '#services/lifecycle/move-ticket.ts';
import type { Act } from './deeds.ts';
import { newJob, requireRoom, type Submitted, startJob, submissionQuery } from './submit-job.ts';

export interface MoveWithIncidentsInput extends MoveTicketInput {
  /** Solving a problem solves what it caused, by a job in the name of the caller. */
  includeIncidents?: boolean | undefined;
}

/** The active tickets that one is the problem of, as far as the caller sees them. */
const incidentsOf = (problemId: Id<'tkt'>) => sql`picked as (
    select ${tickets.id} as id, row_number() over (order by l.created_at, l.id) as at, true as seen, null::integer as seq
    from ticket_links l join ${tickets} on ${tickets.id} = l.target_id
    where l.source_id = ${idToUuid(problemId)}::uuid and l.kind = 'problem_of' and ${tickets.isActive} and ${tickets.mergedIntoId} is null
      and ${visible()})`;

/**
 * Moves a ticket as `moveTicket` does, and with it starts the job that solves its incidents.
 * @throws ServiceError as `moveTicket`; forbidden without `ticket.bulk_operate`, unprocessable `not_solving`, `limit_reached`.
 */
export const moveWithIncidents = defineVerb({
  name: 'transitionTicket',
  permission: 'ticket.change_status',
  load: (input: MoveWithIncidentsInput, at) => ({
    ...moveTicket.load(input, at),
    submitted: input.includeIncidents ? submissionQuery(incidentsOf(input.ticketId), at) : UNASKED,
  }),
  decide(loaded, input, by): Decision<MovedTicket> {
    const moved = moveTicket.decide(loaded, input, by, undefined);
    if (!input.includeIncidents) return moved;
    const { submitted } = loaded;
    const permit = permitAnywhere(by.authority, ['ticket.bulk_operate']);
    if (moved.answer.status.category !== 'solved')
      throw new ServiceError('unprocessable', 'Incidents come along when their problem is solved.', {
        reason: 'not_solving',
      });
    if (submitted.found === 0) return { ...moved, answer: { ...moved.answer, incidentsJobId: null } };
    requireRoom(submitted);
    const { to, message } = input;
    const action: Act = { type: 'solve', to, message };
    const job = { ...newJob('incidents', { action }, by), total: submitted.found };
    const { writes, audit, wakes } = startJob(permit, job, sql`${submitted.auth}, ${incidentsOf(input.ticketId)}`);
    const whole = isChange(moved) ? moved : change({ permit, answer: moved.answer, audit: null });
    return {
      ...whole,
      answer: { ...moved.answer, incidentsJobId: job.id },
      writes: [...whole.writes, ...writes],
      furtherAudit: [...whole.furtherAudit, ...(audit === null ? [] : [audit])],
      wakes: [...whole.wakes, ...wakes],
    };
  },
});

const UNASKED: Statement<Submitted> = { ...none(), read: () => ({ found: 0, running: 0, auth: sql`` }) };
