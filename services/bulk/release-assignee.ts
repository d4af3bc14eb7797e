import { and, eq, inArray } from 'drizzle-orm';
import type { Id } from '#schema/ids.ts';
import { ticketParticipants, type ticketShares } from '#schema/index.ts';
import type { Authority } from '#services/access/authority.ts';
import { ticketArm } from '#services/access/can.ts';
import { holdMember } from '#services/access/hold.ts';
import { systemPermit } from '#services/access/permit.ts';
import { type Change, change } from '#services/kernel/change.ts';
import { qb, type Statement, statement } from '#services/kernel/query.ts';
import type { Deciding } from '#services/kernel/verb.ts';
import { slaOn } from '#services/sla/sla-on.ts';
import type { LoadedSla } from '#services/sla/sla-state.ts';
import { changeTicket } from '#services/tickets/change-ticket.ts';
import { mergeChanges } from '#services/tickets/merge-changes.ts';
import { factsOfRow, type TicketRow } from '#services/tickets/ticket-queries.ts';
import { ticketReference } from '#services/tickets/ticket-view.ts';
import { CHUNK_ITEMS, countChunk } from './bulk-job.ts';
import type { ChunkOfLeftOver } from './left-over.ts';

interface Share {
  teamId: Id<'team'>;
  level: (typeof ticketShares.$inferSelect)['level'];
}

/** One chunk of what a removed member leaves: tickets go to whoever takes over and may see them, else to nobody. */
export const releaseAssignee: ChunkOfLeftOver = ({ many, named, slaConfig, slaStates }, { id: jobId, params }, by) => {
  const { principalId: leaverId, reassignTo } = params as { principalId: Id<'prin'>; reassignTo: Id<'prin'> | null };
  const taker = named?.members.find(({ principalId }) => principalId === reassignTo);
  const takerTeams = named?.memberships.filter(({ principalId }) => principalId === reassignTo) ?? [];
  const attended: Id<'tkt'>[] = [];
  const more = many.length === CHUNK_ITEMS;
  const changes = many.map((before) => {
    const assigned = before.ticket.assigneePrincipalId === leaverId && before.ticket.statusCategory !== 'closed';
    const after = assigned ? handOver(before, taker, takerTeams, before.shares) : before;
    const sla: LoadedSla = { config: slaConfig, state: slaStates.get(before.ticket.id) ?? null };
    const sits = before.participants.some(({ principalId }) => principalId === leaverId);
    if (sits) attended.push(before.ticket.id);
    return releaseTicket({ before, after, sla, left: sits ? leaverId : null, by });
  });
  const merged = mergeChanges(changes);
  const given = merged.events.some(({ type }) => type === 'ticket.assigned');
  return change({
    ...merged,
    permit: systemPermit('bulk_job'),
    answer: { more },
    holds: given && reassignTo !== null ? [holdMember(reassignTo)] : [],
    writes: [
      ...merged.writes,
      ...endParticipations(leaverId, attended),
      countChunk(jobId, changes.length, !more, by.now),
    ],
    activity: merged.activity.map((entry) => ({ ...entry, bulkJobId: jobId })),
    // The removal's own row names the job; what the job does stands in the activity of each ticket.
    audit: null,
  });
};

function handOver(
  before: TicketRow,
  taker: Authority | undefined,
  teams: readonly { teamId: Id<'team'> }[],
  shares: readonly Share[],
): TicketRow {
  const after = { ...before.ticket, assigneePrincipalId: taker?.principalId ?? null };
  const { assigneeTeamId } = after;
  const fits =
    taker !== undefined &&
    ticketArm(taker, factsOfRow(after, shares)) !== undefined &&
    (assigneeTeamId === null || teams.some(({ teamId }) => teamId === assigneeTeamId));
  return fits
    ? { ...before, ticket: after, assigneeName: taker.label }
    : { ...before, ticket: { ...after, assigneePrincipalId: null }, assigneeName: null };
}

function releaseTicket(release: {
  before: TicketRow;
  after: TicketRow;
  sla: LoadedSla;
  left: Id<'prin'> | null;
  by: Deciding;
}): Change<null> {
  const { before, left, by } = release;
  const after: TicketRow = {
    ...release.after,
    ticket: { ...release.after.ticket, lastActivityAt: by.now, updatedAt: by.now },
  };
  return changeTicket<null>({
    permit: systemPermit('bulk_job'),
    before,
    after,
    cause: 'bulk',
    sla: slaOn({
      cause: 'fields',
      before: before.ticket,
      after: after.ticket,
      loaded: release.sla,
      now: by.now,
      ids: by.ids,
      reference: ticketReference({ ticket: { ...after.ticket, version: before.ticket.version + 1 } }, by.deskUrl),
    }),
    activity:
      left === null
        ? []
        : [
            {
              ticketId: before.ticket.id,
              revision: before.ticket.revision + 1,
              version: null,
              type: 'participant_changed',
              audience: 'internal',
              cause: 'bulk',
              data: { changes: [{ field: 'participant', from: left, to: null }] },
            },
          ],
    audit: { action: 'ticket.updated' },
    deskUrl: by.deskUrl,
    answer: () => null,
  });
}

const endParticipations = (leaverId: Id<'prin'>, ticketIds: readonly Id<'tkt'>[]): Statement[] =>
  ticketIds.length === 0
    ? []
    : [
        statement(
          qb
            .delete(ticketParticipants)
            .where(
              and(eq(ticketParticipants.principalId, leaverId), inArray(ticketParticipants.ticketId, [...ticketIds])),
            ),
        ),
      ];
