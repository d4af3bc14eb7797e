import { and, eq, type SQL, sql } from 'drizzle-orm';
import { type Id, idToUuid } from '#schema/ids.ts';
import { emailMessages, inboxChannels, tickets } from '#schema/index.ts';
import { qb, rows, type Statement, statement } from '#services/kernel/query.ts';
import { replyQueries } from '#services/messages/reply-queries.ts';
import { slaConfigQuery } from '#services/sla/sla-queries.ts';
import { intakeQueries } from '#services/tickets/intake-queries.ts';
import { one, selectTickets, type TicketRow } from '#services/tickets/ticket-queries.ts';

/** What a mail is about, read by its delivery's id in the trip that claims it. */
export const mailQueries = (id: Id<'inbd'>, now: Date) => ({
  recorded: one(
    statement(
      qb
        .select({ id: emailMessages.id })
        .from(emailMessages)
        .where(sql`${emailMessages.dedupeKey} = ${ofDelivery(id, sql`'mail:' || dedupe_key`)}`),
    ),
  ),
  channel: one(
    statement(
      qb
        .select({ id: inboxChannels.id, settings: inboxChannels.settings })
        .from(inboxChannels)
        .where(and(eq(inboxChannels.kind, 'email'), sql`${inboxChannels.externalId} = ${recipientOf(id)}`))
        .orderBy(sql`${inboxChannels.archivedAt} nulls first`)
        .limit(1),
    ),
  ),
  sender: senderQuery(id, now),
  ticket: one(statement(selectTickets().where(eq(tickets.id, answeredTicket(id))))) as Statement<TicketRow | undefined>,
  ...replyQueries(answeredTicket(id), {
    contactId: sql`(select contact_id from contact_emails where email = ${senderOf(id)} and active)`,
  }),
  ...intakeQueries({ channel: { kind: 'email', externalId: recipientOf(id) } }, { email: senderOf(id) }, []),
  slaConfig: slaConfigQuery(),
});

/** The key of the row of a mail and of its message. */
export const mailKey = (dedupeKey: string): string => `mail:${dedupeKey}`;

const ofDelivery = (id: Id<'inbd'>, value: SQL): SQL =>
  sql`(select ${value} from inbound_deliveries where id = ${idToUuid(id)}::uuid)`;

const recipientOf = (id: Id<'inbd'>): SQL => ofDelivery(id, sql`scope_key`);
const senderOf = (id: Id<'inbd'>): SQL => ofDelivery(id, sql`headers->>'from'`);

/** The live ticket of the nearest mail that this one answers, as far as we recorded its id. */
const answeredTicket = (id: Id<'inbd'>): SQL => sql`(
  select m.ticket_id from inbound_deliveries d
    cross join lateral string_to_array(d.headers->>'references', ' ') as answered (ids)
    join email_messages m on m.wire_id = any(answered.ids)
    join tickets t on t.id = m.ticket_id and t.deleted_at is null
  where d.id = ${idToUuid(id)}::uuid
  order by array_position(answered.ids, m.wire_id) desc, m.created_at desc limit 1)`;

export interface SenderRecord extends Record<string, unknown> {
  /** It is an address of ours. */
  own: boolean;
  /** Mails from it in the last ten minutes and in the last day, counted no further than the limits need. */
  recent: number;
  daily: number;
}

const COUNTED = 200;

const senderQuery = (id: Id<'inbd'>, now: Date): Statement<SenderRecord | undefined> =>
  one(
    rows<SenderRecord>(sql`
      select exists (select from inbox_channels c where c.kind = 'email' and c.external_id = ${senderOf(id)}) as own,
        (count(*) filter (where m.created_at > ${now}::timestamptz - interval '10 minutes'))::int as recent, count(*)::int as daily
      from (select created_at from email_messages where direction = 'inbound' and from_address = ${senderOf(id)}
        and created_at > ${now}::timestamptz - interval '1 day' order by created_at desc limit ${COUNTED}) m`),
  );
