import { and, desc, eq, type SQL, sql } from 'drizzle-orm';
import type { ActivityEntry } from '#schema/api/ticket-links.ts';
import { type Id, idToUuid, uuidToId } from '#schema/ids.ts';
import { ticketActivity } from '#schema/index.ts';
import type { Authority } from '#services/access/authority.ts';
import { type TicketFacts, ticketArms, ticketDenial } from '#services/access/can.ts';
import { TICKET_VIEWS } from '#services/access/permissions.ts';
import { permitTicketView } from '#services/access/permit.ts';
import { unchanged } from '#services/kernel/change.ts';
import { type CursorPlace, pageOf, readCursor, writeCursor } from '#services/kernel/cursor.ts';
import { qb, statement } from '#services/kernel/query.ts';
import { defineRead } from '#services/kernel/verb.ts';
import type { KeyRing } from '#services/secrets/key-ring.ts';
import { factsOf, ticketById } from '#services/tickets/ticket-queries.ts';

export interface ListActivityInput {
  ticketId: Id<'tkt'>;
  limit: number;
  cursor: string | undefined;
}

type Row = typeof ticketActivity.$inferSelect;

/**
 * What happened to a ticket, the newest first, as far as the caller may read it: entries follow the audience of what
 * they are about, so a page may hold fewer than asked.
 */
export const listActivity = defineRead({
  name: 'listActivity',
  permission: TICKET_VIEWS,
  load: (input: ListActivityInput, { keys }) => ({
    ...ticketById(input.ticketId),
    found: statement(
      qb
        .select()
        .from(ticketActivity)
        .where(and(eq(ticketActivity.ticketId, input.ticketId), before(keys, input)))
        .orderBy(desc(ticketActivity.revision), desc(ticketActivity.id))
        .limit(input.limit + 1),
    ),
  }),
  decide(loaded, input, { authority, keys }) {
    const facts = factsOf(loaded);
    const permit = permitTicketView(authority, facts);
    const cursor = ({ revision, id }: Row) => writeCursor(keys, placeOf(input), [revision, id]);
    const { data, page } = pageOf(loaded.found, input.limit, (row) => row, cursor);
    return unchanged<{ data: ActivityEntry[]; page: typeof page }>(permit, {
      data: data.filter(readableBy(authority, facts as TicketFacts)).map(activityView),
      page,
    });
  },
});

/** Public to all who see the ticket, internal to readers of notes, a team's to its members and to who sees everything. */
function readableBy(authority: Authority, facts: TicketFacts): (row: Row) => boolean {
  const notes = ticketDenial(authority, 'ticket.comment_internal', facts) === undefined;
  const all = ticketArms(authority, facts).some(({ name }) => name === 'all') && authority.reach.allWorkspace;
  return ({ audience, teamId }) =>
    audience === 'public' ||
    (audience === 'internal' ? notes : all || (teamId !== null && authority.myTeams.includes(teamId)));
}

const activityView = (row: Row): ActivityEntry => ({
  id: row.id,
  type: row.type,
  audience: row.audience,
  actor: {
    kind: row.actorKind,
    principalId:
      row.actorId !== null && (row.actorKind === 'user' || row.actorKind === 'api_key')
        ? uuidToId('prin', row.actorId)
        : null,
    name: row.actorLabel,
  },
  cause: row.cause,
  changes: [...(row.data.changes ?? [])],
  revision: row.revision,
  version: row.version,
  bulkJobId: row.bulkJobId,
  createdAt: row.createdAt.toISOString(),
});

const placeOf = ({ ticketId }: ListActivityInput): CursorPlace => ({
  operation: 'listActivity',
  sort: '-revision',
  filter: { ticket: idToUuid(ticketId) },
});

function before(keys: KeyRing, input: ListActivityInput): SQL | undefined {
  if (input.cursor === undefined) return undefined;
  const [revision, id] = readCursor(keys, placeOf(input), input.cursor);
  return sql`(${ticketActivity.revision}, ${ticketActivity.id}) < (${Number(revision)}, ${idToUuid(id as Id)}::uuid)`;
}
