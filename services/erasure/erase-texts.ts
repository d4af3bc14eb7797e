import { type SQL, sql } from 'drizzle-orm';
import type { Id } from '#schema/ids.ts';
import { rows, type Statement } from '#services/kernel/query.ts';
import { rebuildSearch } from '#services/search/search-docs.ts';
import { ERASED_TEXT, type Erasure, receipted, theirs, uuids } from './erasure.ts';
import { namesThem, unnamed } from './naming.ts';

/** Tickets that one commit goes through. */
const TICKETS_AT_ONCE = 50;

export type TicketToErase = { id: Id<'tkt'> };

/** The next tickets, in the trash or not, in which something of theirs is still to be read. */
export function ticketsToErase(erasure: Erasure): Statement<TicketToErase[]> {
  const asked = theirs(erasure, 'k', 'requester_contact_id', 'requester_principal_id');
  const wrote = theirs(erasure, 'm', 'author_contact_id', 'author_principal_id');
  const rated = theirs(erasure, 'r', 'contact_id', 'principal_id');
  const sits = theirs(erasure, 'p', 'contact_id', 'principal_id');
  const whole = erasure.messages === 'erase';
  return rows(sql`
    select public.to_typeid('tkt', t.id) as id
    from tickets t where t.id in (
      select m.ticket_id from ticket_messages m where ${wrote} and (m.author_name <> '' ${whole ? sql`or m.body not in ('', ${ERASED_TEXT})` : sql``})
      union select k.id from tickets k where ${namesThem(sql`k.custom_fields`, erasure)} and (${asked}
        or k.id in (select p.ticket_id from ticket_participants p where ${sits} union select m.ticket_id from ticket_messages m where ${wrote}))
      ${
        whole
          ? sql`union select m.ticket_id from tickets k join ticket_messages m on m.ticket_id = k.id
          where ${asked} and ${FORWARDED} and m.body not in ('', ${ERASED_TEXT})
        union select k.id from tickets k where ${asked} and k.subject <> ${ERASED_TEXT}
        union select r.ticket_id from ticket_ratings r where ${rated} and r.comment <> ${ERASED_TEXT}`
          : sql``
      })
    order by t.id limit ${TICKETS_AT_ONCE}`);
}

/** An opening that a program sent in for whoever asks holds their words. */
const FORWARDED = sql`m.is_opening and m.author_kind = 'automation'`;

/** What they wrote in some tickets, as statements of one commit. */
export function eraseTexts(
  jobId: Id<'bulk'>,
  erasure: Erasure,
  tickets: readonly TicketToErase[],
  now: Date,
): Statement[] {
  const ids = uuids(tickets.map(({ id }) => id));
  const at = sql`${now.toISOString()}::timestamptz`;
  const signed = theirs(erasure, 'm', 'author_contact_id', 'author_principal_id');
  const wrote = sql`(${signed} or (${FORWARDED} and m.ticket_id in (
    select k.id from tickets k where ${theirs(erasure, 'k', 'requester_contact_id', 'requester_principal_id')})))`;
  const asked = theirs(erasure, 't', 'requester_contact_id', 'requester_principal_id');
  const done = (what: string, write: SQL) => receipted(jobId, what, write);
  const fields = unnamed(sql`t.custom_fields`, erasure);
  const named = sql`case when ${namesThem(sql`t.custom_fields`, erasure)} then 1 else 0 end`;
  if (erasure.messages === 'keep') {
    return [
      done(
        'ticket_messages',
        sql`update ticket_messages m set author_name = '' where m.ticket_id = any (${ids}) and ${signed} and m.author_name <> '' returning 1`,
      ),
      done(
        'tickets',
        sql`update tickets t set revision = t.revision + 1, version = t.version + ${named}, updated_at = ${at},
          custom_fields = ${fields}::jsonb where t.id = any (${ids}) returning 1`,
      ),
    ];
  }
  return [
    done(
      'ticket_message_edits',
      sql`update ticket_message_edits e set body = ${ERASED_TEXT} from ticket_messages m
        where e.message_id = m.id and m.ticket_id = any (${ids}) and ${wrote} and e.body <> ${ERASED_TEXT} returning 1`,
    ),
    done(
      'objects',
      sql`insert into object_deletions (storage_key, not_before) select g.storage_key, ${at}
        from ticket_attachments g join ticket_messages m on m.id = g.message_id
        where m.ticket_id = any (${ids}) and ${wrote} and g.deleted_at is null on conflict do nothing returning 1`,
    ),
    done(
      'ticket_attachments',
      sql`update ticket_attachments a set deleted_at = coalesce(a.deleted_at, ${at}), filename = 'erased', declared_type = null from ticket_messages m
        where a.message_id = m.id and m.ticket_id = any (${ids}) and ${wrote} and (a.deleted_at is null or a.filename <> 'erased') returning 1`,
    ),
    done(
      'ticket_messages',
      sql`update ticket_messages m set author_name = case when ${signed} then '' else m.author_name end, body = case m.body when '' then '' else ${ERASED_TEXT} end,
          body_text = case m.body_text when '' then '' else ${ERASED_TEXT} end, redacted_at = coalesce(m.redacted_at, ${at}), revision = m.revision + 1
        where m.ticket_id = any (${ids}) and ${wrote} and ((${signed} and m.author_name <> '') or m.body not in ('', ${ERASED_TEXT})) returning 1`,
    ),
    done(
      'ticket_ratings',
      sql`update ticket_ratings r set comment = ${ERASED_TEXT}
        where r.ticket_id = any (${ids}) and ${theirs(erasure, 'r', 'contact_id', 'principal_id')} and r.comment <> ${ERASED_TEXT} returning 1`,
    ),
    done(
      'tickets',
      sql`update tickets t set revision = t.revision + 1, updated_at = ${at},
          custom_fields = ${fields}::jsonb,
          subject = case when ${asked} then ${ERASED_TEXT} else t.subject end,
          version = t.version + case when ${asked} and t.subject <> ${ERASED_TEXT} then 1 else ${named} end
        where t.id = any (${ids}) returning 1`,
    ),
    rebuildSearch(tickets.map(({ id }) => id)),
  ];
}
