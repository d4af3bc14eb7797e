import { desc, type SQL, sql } from 'drizzle-orm';
import type { ActivityEntry } from '#schema/api/ticket-links.ts';
import { type Id, idToUuid, uuidToId } from '#schema/ids.ts';
import { ticketActivity } from '#schema/index.ts';
import { TICKET_VIEWS } from '#services/access/permissions.ts';
import { permitTicketView } from '#services/access/permit.ts';
import { commentsOn, readableMessage } from '#services/access/reads-message.ts';
import { visible } from '#services/access/visible.ts';
import { unchanged } from '#services/kernel/change.ts';
import { type CursorPlace, pageOf, readCursor, writeCursor } from '#services/kernel/cursor.ts';
import { qb, statementWith } from '#services/kernel/query.ts';
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
 * they are about. Neither pages nor cursors tell of others.
 */
export const listActivity = defineRead({
  name: 'listActivity',
  permission: TICKET_VIEWS,
  load: (input: ListActivityInput, { auth, keys }) => {
    const page = sql`${auth},
      source as materialized (
        select tickets.id, ${commentsOn()} as notes from tickets where tickets.id = ${idToUuid(input.ticketId)}::uuid and ${visible()}),
      page as materialized (
        select a.id from source join ticket_activity a on a.ticket_id = source.id
          cross join lateral (select a.audience, a.team_id as shared_team_id, case a.audience when 'shared_team' then (
            select x.author_principal_id from ticket_messages x where x.id = public.from_typeid(a.data ->> 'messageId', 'tmsg')) end as author_principal_id) m
        where ${readableMessage(sql`source.notes`)} ${before(keys, input)}
        order by a.revision desc, a.id desc limit ${input.limit + 1})`;
    return {
      ...ticketById(input.ticketId),
      found: statementWith(
        page,
        qb
          .select()
          .from(ticketActivity)
          .where(sql`${ticketActivity.id} in (select id from page)`)
          .orderBy(desc(ticketActivity.revision), desc(ticketActivity.id)),
      ),
    };
  },
  decide(loaded, input, { authority, keys }) {
    const permit = permitTicketView(authority, factsOf(loaded));
    const cursor = ({ revision, id }: Row) => writeCursor(keys, placeOf(input), [revision, id]);
    return unchanged(permit, pageOf(loaded.found, input.limit, activityView, cursor));
  },
});

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

function before(keys: KeyRing, input: ListActivityInput): SQL {
  if (input.cursor === undefined) return sql.raw('');
  const [revision, id] = readCursor(keys, placeOf(input), input.cursor);
  return sql`and (a.revision, a.id) < (${Number(revision)}, ${idToUuid(id as Id)}::uuid)`;
}
