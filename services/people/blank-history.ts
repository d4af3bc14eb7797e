import { type SQL, sql } from 'drizzle-orm';
import type { Id } from '#schema/ids.ts';
import { rows, type Statement } from '#services/kernel/query.ts';
import { open } from '#services/webhooks/delivery-rules.ts';
import { ownIds, uuidList } from './erased-address.ts';

/** Rows of one table that one round takes; the job asks again until nothing is left. */
const ROUND = 5000;

/** Beside the append-only ones, the tables that keep the name of who acted as it was shown then. */
export const LABELLED = [
  'bulk_jobs',
  'contact_user_links',
  'dead_letters',
  'sla_policy_versions',
  'ticket_attachments',
  'ticket_links',
  'ticket_message_edits',
  'ticket_participants',
  'ticket_shares',
  'user_segments',
] as const;

/** Append-only tables of which erasure takes the label alone. */
export const LABELLED_HISTORY = ['sla_events', 'ticket_activity'] as const;

type Blanked = { blanked: number };

/**
 * One round of taking erased people out of what was written about them, where no hash covers it: one commit, and again until
 * every statement answers 0. Killed midway it is run again; when it is done a further round changes nothing. Events about
 * them lose their payload and stop on their way out, what they did keeps everything but their name.
 */
export function blankHistory(people: readonly Id<'prin' | 'contact'>[], now: Date): Statement<Blanked[]>[] {
  const actors = uuidList(people);
  const own = ownIds(people);
  const ofTheirs = sql`in (${eventsAbout(people)})`;
  return [
    ...LABELLED_HISTORY.map((table) => redact(table, sql`t.actor_id = any (${actors})`, ['actor_label'])),
    ...LABELLED.map((table) =>
      counted(
        sql`update ${sql.raw(table)} set actor_label = null where actor_id = any (${actors}) and actor_label is not null`,
      ),
    ),
    counted(
      sql`update ticket_messages set author_name = '' where author_principal_id = any (${actors}) and author_name <> ''`,
    ),
    redact('audit_events', sql`t.actor_id = any (${actors})`, WHO_ACTED),
    redact('audit_events', sql`t.target_id = any (${own})`, WHAT_WAS_DONE),
    // With the salt goes the last way to prove a guess about what stood there.
    counted(sql`update audit_leaves l set private_salt = null from audit_events t
      where l.audit_seq = t.seq and l.private_salt is not null and (t.actor_id = any (${actors}) or t.target_id = any (${own}))`),
    counted(sql`update deliveries d set state = 'cancelled', reason = 'erased', lease_token = null, next_attempt_at = null,
      ended_at = ${now}::timestamptz where ${open('d')} and d.event_id ${ofTheirs}`),
    redact('webhook_deliveries', sql`t.delivery_id in (select d.id from deliveries d where d.event_id ${ofTheirs})`, [
      'response_body',
    ]),
    counted(sql`delete from event_bodies where event_id ${ofTheirs}`),
    redact('events', sql`t.id ${ofTheirs}`, ['payload', 'actor_label', 'erased_at']),
    redact('events', sql`t.actor_id = any (${actors})`, ['actor_label']),
  ];
}

/** Events of theirs: about themselves, about tickets that they asked for, and those about other tickets that quote them. */
const eventsAbout = (people: readonly Id<'prin' | 'contact'>[]): SQL => sql`
  select e.id from events e where e.entity_id = any (${ownIds(people)})
    or e.entity_id in (select k.id from tickets k where k.requester_principal_id = any (${uuidList(people)}))
  union all
  select e.id from ticket_messages m join events e on e.entity_id = m.ticket_id
    where m.author_principal_id = any (${uuidList(people)})
      and strpos(e.payload::text, public.to_typeid('prin', m.author_principal_id)) > 0`;

const WHO_ACTED = ['actor_label', 'ip', 'country', 'user_agent', 'client_name'];
const WHAT_WAS_DONE = ['target_label', 'changes'];

/** Through the one door that history has for this. What is blank already is passed over, so that rounds come to an end. */
function redact(table: string, whose: SQL, columns: readonly string[]): Statement<Blanked[]> {
  const left = columns.includes('erased_at')
    ? sql.raw('t.erased_at is null')
    : sql.raw(`num_nonnulls(${columns.map((column) => `t.${column}`).join(', ')}) > 0`);
  return rows<Blanked>(sql`select public.redact_rows(${table}, array(
    select t.id from ${sql.raw(table)} t where ${whose} and ${left} limit ${ROUND}), ${`{${columns.join(',')}}`}::text[])::int as blanked`);
}

const counted = (write: SQL): Statement<Blanked[]> =>
  rows<Blanked>(sql`with w as (${write} returning 1) select count(*)::int as blanked from w`);
