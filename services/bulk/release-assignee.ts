import { and, eq, inArray, isNull, ne, or, type SQL, sql } from 'drizzle-orm';
import { type Id, idToUuid } from '#schema/ids.ts';
import { ticketParticipants, ticketShares, tickets } from '#schema/index.ts';
import type { Authority } from '#services/access/authority.ts';
import { ticketArm } from '#services/access/can.ts';
import { holdMember } from '#services/access/hold.ts';
import { memberAuthorityQuery } from '#services/access/member-authority.ts';
import { systemPermit } from '#services/access/permit.ts';
import { systemActor } from '#services/kernel/actor.ts';
import { type Change, change } from '#services/kernel/change.ts';
import { qb, type Statement, statement } from '#services/kernel/query.ts';
import { type Kernel, runSystemVerb } from '#services/kernel/run-verb.ts';
import { type Deciding, defineSystemVerb } from '#services/kernel/verb.ts';
import { slaOn } from '#services/sla/sla-on.ts';
import { slaConfigQuery, slaStatesQuery } from '#services/sla/sla-queries.ts';
import type { LoadedSla } from '#services/sla/sla-state.ts';
import { membershipQuery } from '#services/tickets/assignee.ts';
import { changeTicket } from '#services/tickets/change-ticket.ts';
import { mergeChanges } from '#services/tickets/merge-changes.ts';
import { factsOfRow, selectTickets, type TicketRow } from '#services/tickets/ticket-queries.ts';
import { ticketReference } from '#services/tickets/ticket-view.ts';
import { type BulkJob, CHUNK_ITEMS, countChunk } from './bulk-job.ts';

interface ReleaseInput {
  jobId: Id<'bulk'>;
  leaverId: Id<'prin'>;
  takerId: Id<'prin'> | null;
}

interface Share {
  ticketId: Id<'tkt'>;
  teamId: Id<'team'>;
  level: (typeof ticketShares.$inferSelect)['level'];
}

/** Where the leaver still stands: assigned to what is not closed, taking part in anything. */
const stands = (leaverId: Id<'prin'>): SQL => {
  const leaver = sql`${idToUuid(leaverId)}::uuid`;
  return and(
    isNull(tickets.deletedAt),
    or(
      and(eq(tickets.assigneePrincipalId, leaverId), ne(tickets.statusCategory, 'closed')),
      sql`exists (select from ticket_participants p where p.ticket_id = ${tickets.id} and p.principal_id = ${leaver})`,
    ),
  ) as SQL;
};

const chunkIds = (leaverId: Id<'prin'>): SQL =>
  sql`select ${tickets.id} from ${tickets} where ${stands(leaverId)} order by ${tickets.id} limit ${CHUNK_ITEMS}`;

/** One chunk of what a removed member leaves: tickets go to whoever takes over and may see them, else to nobody. */
const releaseChunk = defineSystemVerb({
  name: 'releaseAssignee',
  actor: 'system',

  load: ({ leaverId, takerId }: ReleaseInput, { now }) => ({
    found: statement<TicketRow[]>(
      selectTickets().where(stands(leaverId)).orderBy(tickets.id).limit(CHUNK_ITEMS),
    ) as Statement<TicketRow[]>,
    participations: statement(
      qb
        .select({ ticketId: ticketParticipants.ticketId })
        .from(ticketParticipants)
        .where(
          and(
            eq(ticketParticipants.principalId, leaverId),
            sql`${ticketParticipants.ticketId} in (${chunkIds(leaverId)})`,
          ),
        ),
    ),
    shares: statement<Share[]>(
      qb
        .select({ ticketId: ticketShares.ticketId, teamId: ticketShares.teamId, level: ticketShares.level })
        .from(ticketShares)
        .where(and(isNull(ticketShares.revokedAt), sql`${ticketShares.ticketId} in (${chunkIds(leaverId)})`)),
    ),
    taker: memberAuthorityQuery(takerId, now),
    takerTeams: membershipQuery(takerId),
    slaConfig: slaConfigQuery(),
    slaStates: slaStatesQuery(chunkIds(leaverId)),
  }),

  decide(loaded, { jobId, leaverId, takerId }, by) {
    const permit = systemPermit('bulk_job');
    const attended = new Set(loaded.participations.map(({ ticketId }) => ticketId));
    const more = loaded.found.length === CHUNK_ITEMS;
    const changes = loaded.found.map((before) => {
      const shares = loaded.shares.filter(({ ticketId }) => ticketId === before.ticket.id);
      const assigned = before.ticket.assigneePrincipalId === leaverId && before.ticket.statusCategory !== 'closed';
      const after = assigned ? handOver(before, loaded.taker, loaded.takerTeams, shares) : before;
      const sla: LoadedSla = { config: loaded.slaConfig, state: loaded.slaStates.get(before.ticket.id) ?? null };
      return releaseTicket({ before, after, sla, left: attended.has(before.ticket.id) ? leaverId : null, by });
    });
    const merged = mergeChanges(changes);
    const given = merged.events.some(({ type }) => type === 'ticket.assigned');
    return change({
      ...merged,
      permit,
      answer: { more },
      holds: given && takerId !== null ? [holdMember(takerId)] : [],
      writes: [
        ...merged.writes,
        ...endParticipations(leaverId, [...attended]),
        countChunk(jobId, changes.length, !more, by.now),
      ],
      activity: merged.activity.map((entry) => ({ ...entry, bulkJobId: jobId })),
      // The removal's own row names the job; what the job does stands in the activity of each ticket.
      audit: null,
    });
  },
});

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

/** Runs one chunk of a `release_assignee` job; `more` says that another may follow. */
export const releaseAssignee = (kernel: Kernel, job: BulkJob): Promise<{ more: boolean }> => {
  const { principalId, reassignTo } = job.params as { principalId: Id<'prin'>; reassignTo: Id<'prin'> | null };
  return runSystemVerb(
    kernel,
    releaseChunk,
    { jobId: job.id, leaverId: principalId, takerId: reassignTo },
    systemActor(),
  );
};
