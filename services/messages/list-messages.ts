import { asc, type SQL, sql } from 'drizzle-orm';
import type { TicketMessage } from '#schema/api/tickets.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { ticketMessages } from '#schema/index.ts';
import type { MESSAGE_AUDIENCES, ValueOf } from '#schema/values.ts';
import { ticketDenial } from '#services/access/can.ts';
import { TICKET_VIEWS } from '#services/access/permissions.ts';
import { permitTicketView } from '#services/access/permit.ts';
import { commentsOn, readableMessage } from '#services/access/reads-message.ts';
import { visible } from '#services/access/visible.ts';
import { filesFrom } from '#services/files/file-row.ts';
import { unchanged } from '#services/kernel/change.ts';
import { pageOf, readCursor, writeCursor } from '#services/kernel/cursor.ts';
import { qb, statementWith } from '#services/kernel/query.ts';
import { defineRead } from '#services/kernel/verb.ts';
import type { KeyRing } from '#services/secrets/key-ring.ts';
import { type Moment, momentEnd, requireThere } from '#services/tickets/as-of.ts';
import type { MessageRow } from '#services/tickets/new-message.ts';
import { factsOf, ticketById } from '#services/tickets/ticket-queries.ts';
import { messageColumns } from './message-queries.ts';
import { messageView } from './message-view.ts';

export interface ListMessagesInput {
  ticketId: Id<'tkt'>;
  audience: readonly ValueOf<typeof MESSAGE_AUDIENCES>[] | undefined;
  limit: number;
  cursor: string | undefined;
  /** The thread as it stood then; what was deleted since is a tombstone all the same. */
  asOf?: Moment | undefined;
}

/**
 * The thread of a ticket in order, those of tickets merged into it in between, each message as far as the caller may read
 * it. A deleted one is a tombstone.
 */
export const listMessages = defineRead({
  name: 'listMessages',
  permission: TICKET_VIEWS,
  load: (input: ListMessagesInput, { auth, keys }) => {
    const id = sql`${idToUuid(input.ticketId)}::uuid`;
    const page = sql`${auth},
      sources as materialized (
        select tickets.id, ${commentsOn()} as notes from tickets
        where (tickets.id = ${id} or tickets.merged_into_id = ${id}) and ${visible()}),
      page as materialized (
        select m.id from sources join ticket_messages m on m.ticket_id = sources.id
        where ${readableMessage(sql`sources.notes`)} ${ofAudience(input.audience)} ${after(keys, input)} ${until(input)}
        order by m.created_at, m.id limit ${input.limit + 1})`;
    return {
      ...ticketById(input.ticketId),
      found: statementWith(
        page,
        qb
          .select({ ...messageColumns, past: pastText(input) })
          .from(ticketMessages)
          .where(sql`${ticketMessages.id} in (select id from page)`)
          .orderBy(asc(ticketMessages.createdAt), asc(ticketMessages.id)),
      ),
    };
  },
  decide(loaded, input, { authority, keys }) {
    const facts = factsOf(loaded);
    const permit = permitTicketView(authority, facts);
    if (input.asOf !== undefined && loaded.ticket !== undefined) requireThere(loaded.ticket.ticket, input.asOf);
    const restores = facts !== undefined && ticketDenial(authority, 'ticket.restore', facts) === undefined;
    type Row = (typeof loaded.found)[number];
    const cursor = ({ message }: Row) =>
      writeCursor(keys, placeOf(input), [message.createdAt.getTime(), idToUuid(message.id)]);
    const view = ({ message, files, past }: Row): TicketMessage =>
      input.asOf === undefined
        ? messageView(message, filesFrom(files), restores && message.ticketId === input.ticketId)
        : messageView(asItWas(message, past), filesFrom(files));
    return unchanged(permit, pageOf(loaded.found, input.limit, view, cursor));
  },
});

const until = ({ ticketId, asOf }: ListMessagesInput): SQL =>
  asOf === undefined ? sql.raw('') : sql`and m.created_at <= ${momentEnd(ticketId, asOf)}`;

interface PastText {
  editedAt: string | null;
  /** What the first later edit replaced. */
  before: { body: string; revision: number } | null;
}

const pastText = ({ ticketId, asOf }: ListMessagesInput): SQL<PastText | null> =>
  asOf === undefined
    ? sql`null::jsonb`
    : sql`(select jsonb_build_object('editedAt', max(e.edited_at) filter (where e.edited_at <= m.moment),
          'before', (array_agg(jsonb_build_object('body', e.body, 'revision', e.revision) order by e.revision)
            filter (where e.edited_at > m.moment))[1])
        from (select ${momentEnd(ticketId, asOf)} as moment) m left join ticket_message_edits e on e.message_id = ${ticketMessages.id})`;

function asItWas(message: MessageRow, past: PastText | null): MessageRow {
  const editedAt = past?.editedAt == null ? null : new Date(past.editedAt);
  return { ...message, ...past?.before, editedAt };
}

const ofAudience = (audience: ListMessagesInput['audience']): SQL =>
  audience === undefined ? sql.raw('') : sql`and m.audience = any (${sql.param([...audience])}::text[])`;

const placeOf = ({ ticketId, audience, asOf }: ListMessagesInput) => ({
  operation: 'listMessages',
  sort: 'createdAt',
  filter: { ticket: idToUuid(ticketId), audience: audience?.toSorted() ?? null, asOf: asOf ?? null },
});

function after(keys: KeyRing, input: ListMessagesInput): SQL {
  if (input.cursor === undefined) return sql.raw('');
  const [at, id] = readCursor(keys, placeOf(input), input.cursor);
  return sql`and (m.created_at, m.id) > (${new Date(Number(at)).toISOString()}::timestamptz, ${String(id)}::uuid)`;
}
