import { type SQL, sql } from 'drizzle-orm';
import type { Id } from '#schema/ids.ts';
import { textArray } from '#services/directory/record-queries.ts';
import { rows, type Statement } from '#services/kernel/query.ts';
import { open } from '#services/webhooks/delivery-rules.ts';
import { ERASED_TEXT, type Erasure, receipted, theirs, uuids } from './erasure.ts';
import { namesThem, unnamed } from './naming.ts';

/** JSON of others that may name them: what is looked for, what a job was given, mail on its way, work that gave up. */
const NAMING: readonly (readonly [table: string, column: string, more?: string])[] = [
  ['saved_views', 'filter'],
  // What another erasure knows is its own to forget.
  ['bulk_jobs', 'params', `and x.kind <> 'erase'`],
  ['bulk_job_items', 'input'],
  ['inbound_deliveries', 'headers'],
  ['dead_letters', 'detail'],
  ['in_app_notifications', 'data'],
];

/** Rows of one table that one round takes. */
const ROUND = 5000;

/**
 * One round of taking a contact out of what was told of it: timeline, audit, events and what was sent of them, mail, chats,
 * kept answers, lists that were exported. One commit, again until every statement answers 0.
 */
export function eraseHistory(jobId: Id<'bulk'>, erasure: Erasure, now: Date): Statement<{ blanked: number }[]>[] {
  const done = (what: string, write: SQL) => receipted(jobId, what, sql`${write} returning 1`);
  const redact = (table: string, whose: SQL, columns: readonly string[]) =>
    rows<{ blanked: number }>(sql`select public.redact_rows(${table}, array(
      select t.id from ${sql.raw(table)} t where ${whose} limit ${ROUND}), ${`{${columns.join(',')}}`}::text[])::int as blanked`);
  const at = sql`${now.toISOString()}::timestamptz`;
  const contacts = uuids(erasure.contacts);
  const words = textArray(erasure.words);
  const tickets = sql`(select k.id from tickets k where ${theirs(erasure, 'k', 'requester_contact_id', 'requester_principal_id')})`;
  const names = (column: string) => namesThem(sql.raw(column), erasure);
  const ofViews = sql`t.action in ('view.created', 'view.updated', 'view.deleted')`;
  const audited = sql`(t.target_id = any (${contacts}) or (t.target_id in ${tickets} and (t.changes ? 'subject' or ${names('t.changes')}))
    or (${ofViews} and ${names('t.changes')}))`;
  const told = sql`in (${eventsAbout(erasure)})`;
  const mail = sql`m.ticket_id in ${tickets} or m.thread_id in (select h.id from email_threads h where ${theirs(erasure, 'h', 'contact_id', 'principal_id')})
    or m.from_address = any (${words}) or m.to_address = any (${words})`;
  const chats = theirs(erasure, 'c', 'contact_id', 'visitor_principal_id');
  return [
    ...(erasure.messages === 'keep'
      ? []
      : [
          redact(
            'ticket_activity',
            sql`t.ticket_id in ${tickets} and jsonb_path_exists(t.data, '$.changes[*] ? (@.field == "subject")')`,
            ['data'],
          ),
          done(
            'chat_messages',
            sql`update chat_messages x set content = ${ERASED_TEXT} from conversations c
              where x.conversation_id = c.id and ${chats} and x.sender_type = 'visitor' and x.content <> ${ERASED_TEXT}`,
          ),
          done(
            'conversations',
            sql`update conversations c set subject = null, last_message_preview = null, csat_comment = null, revision = c.revision + 1
              where ${chats} and num_nonnulls(c.subject, c.last_message_preview, c.csat_comment) > 0`,
          ),
        ]),
    redact('audit_events', sql`${audited} and num_nonnulls(t.target_label, t.changes) > 0`, [
      'target_label',
      'changes',
    ]),
    // With the salt goes the last way to prove a guess about what stood there.
    done(
      'audit_leaves',
      sql`update audit_leaves l set private_salt = null from audit_events t
        where l.audit_seq = t.seq and l.private_salt is not null and (t.target_id = any (${contacts}) or ((t.target_id in ${tickets} or ${ofViews}) and t.changes is null))`,
    ),
    done(
      'deliveries',
      sql`update deliveries d set state = 'cancelled', reason = 'erased', lease_token = null, next_attempt_at = null, ended_at = ${at}
        where ${open('d')} and d.event_id ${told}`,
    ),
    redact(
      'webhook_deliveries',
      sql`t.response_body is not null and t.delivery_id in (select d.id from deliveries d where d.event_id ${told})`,
      ['response_body'],
    ),
    done('event_bodies', sql`delete from event_bodies where event_id ${told}`),
    redact('events', sql`t.erased_at is null and t.id ${told}`, ['payload', 'actor_label', 'erased_at']),
    done(
      'objects',
      sql`insert into object_deletions (storage_key, not_before) select m.raw_key, ${at} from email_messages m
        where m.raw_key is not null and (${mail}) on conflict do nothing`,
    ),
    done(
      'email_messages',
      sql`update email_messages m set from_address = null, to_address = null, subject = null, decision = null, last_error = null, raw_key = null,
          wire_id = null, in_reply_to = null, wire_refs = '{}'
        where (${mail}) and (num_nonnulls(m.from_address, m.to_address, m.subject, m.decision, m.last_error, m.raw_key, m.wire_id, m.in_reply_to) > 0
          or m.wire_refs <> '{}')`,
    ),
    done(
      'email_threads',
      sql`update email_threads h set address = null, subject = null, last_wire_id = null, wire_ids = '{}'
        where ${theirs(erasure, 'h', 'contact_id', 'principal_id')} and (num_nonnulls(h.address, h.subject, h.last_wire_id) > 0 or h.wire_ids <> '{}')`,
    ),
    done(
      'email_suppressions',
      sql`update email_suppressions s set address = 'sha256:' || encode(sha256(convert_to(s.address, 'UTF8')), 'hex'), note = null
        where s.address = any (${words})`,
    ),
    done(
      'kb_article_feedback',
      sql`update kb_article_feedback f set comment = null where f.principal_id = any (${uuids(erasure.people)}) and f.comment is not null`,
    ),
    // A repeated request finds that it was answered, not what with.
    done(
      'idempotency_keys',
      sql`update idempotency_keys i set body = null where i.body is not null
        and exists (select from unnest(${textArray(traces(erasure))}) word where strpos(i.body, word) > 0)`,
    ),
    done(
      'idempotency_keys',
      sql`update idempotency_keys i set key = encode(sha256(convert_to(i.key, 'UTF8')), 'hex') where ${names('i.key')}`,
    ),
    ...NAMING.map(([table, column, more]) =>
      done(
        table,
        sql`update ${sql.raw(table)} x set ${sql.raw(column)} = ${unnamed(sql.raw(`x.${column}`), erasure)}::jsonb
          where ${names(`x.${column}`)} ${sql.raw(more ?? '')}`,
      ),
    ),
    redact('ticket_activity', sql`t.ticket_id in ${tickets} and ${names('t.data')}`, ['data']),
    // Lists that were taken out or brought in hold them, wherever in the file; and what they sent to no message.
    done(
      'exports',
      sql`update ticket_attachments a set expires_at = ${at}
        where a.state = 'staged' and (a.purpose in ('import', 'export') or a.actor_id = any (${uuids([...erasure.contacts, ...erasure.people])})) and a.expires_at > ${at} and a.created_at < ${at}
          and not exists (select from bulk_jobs j where j.params ->> 'attachmentId' = public.to_typeid('tatt', a.id) and j.state in ('queued', 'running'))`,
    ),
  ];
}

/** How an answer in JSON would name them. */
const traces = ({ contacts, words }: Erasure): string[] => [...contacts, ...words.map((word) => JSON.stringify(word))];

/** Events about them, about tickets they asked for, and those about other tickets and chats that name them. */
function eventsAbout(erasure: Erasure): SQL {
  const named = sql`exists (select from unnest(${textArray(erasure.contacts)}) word where strpos(e.payload::text, word) > 0)`;
  return sql`
    select e.id from events e where e.entity_id = any (${uuids(erasure.contacts)}) and e.type <> 'contact.erased'
    union all
    select e.id from events e where e.entity_id in (select k.id from tickets k where ${theirs(erasure, 'k', 'requester_contact_id', 'requester_principal_id')})
    union all
    select e.id from events e where e.entity_id in (select c.id from conversations c where ${theirs(erasure, 'c', 'contact_id', 'visitor_principal_id')})
    union all
    select e.id from events e where ${named} and e.entity_id in (
      select m.ticket_id from ticket_messages m where ${theirs(erasure, 'm', 'author_contact_id', 'author_principal_id')}
      union select p.ticket_id from ticket_participants p where ${theirs(erasure, 'p', 'contact_id', 'principal_id')})`;
}
