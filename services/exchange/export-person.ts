import { sql } from 'drizzle-orm';
import { idToUuid } from '#schema/ids.ts';
import { rows, type Statement } from '#services/kernel/query.ts';
import type { Exported, PageOf } from './export-pages.ts';

const AT_ONCE = 1000;

/**
 * All that is held on one person, kind by kind, each by its own ids: who they are, what they asked, wrote and rated. What
 * others wrote is theirs.
 */
export function personPage({ after, contactId }: PageOf): Statement<Exported[]> {
  const contact = sql`${contactId === null ? null : idToUuid(contactId)}::uuid`;
  const logins = sql`(select p.id from contact_user_links l join principal p on p.user_id = l.user_id where l.contact_id = ${contact} and l.unlinked_at is null)`;
  const [kind = '', id] = after?.split(' ') ?? [];
  const place = after === null ? sql`` : sql`where (x.kind, x.id) > (${kind}, ${id}::uuid)`;
  const query = rows<{ kind: string; id: string; line: Record<string, unknown> }>(sql`
    select x.kind, x.id, x.line from (
      select 'contact' as kind, c.id, to_jsonb(c) - array['sort_name', 'search_text', 'revision', 'event_seq', 'id', 'organization_id', 'merged_into_id'] as line
        from contacts c where ${contact} in (c.id, c.merged_into_id)
      union all select 'email', e.id, jsonb_build_object('email', e.email, 'verifiedAt', e.verified_at, 'active', e.active)
        from contact_emails e where e.contact_id = ${contact}
      union all select 'login', l.id, jsonb_build_object('email', u.email, 'linkedAt', l.linked_at, 'locale', u.locale, 'timeZone', u.time_zone)
        from contact_user_links l join "user" u on u.id = l.user_id where l.contact_id = ${contact} and l.unlinked_at is null
      union all select 'message', m.id, jsonb_build_object('number', t.number, 'body', m.body, 'createdAt', m.created_at)
        from ticket_messages m join tickets t on t.id = m.ticket_id
        where m.deleted_at is null and (m.author_contact_id = ${contact} or m.author_principal_id in ${logins}
          or (m.is_opening and m.author_kind = 'automation' and t.requester_contact_id = ${contact}))
      union all select 'rating', r.id, jsonb_build_object('number', t.number, 'score', r.score, 'comment', r.comment, 'ratedAt', r.rated_at)
        from ticket_ratings r join tickets t on t.id = r.ticket_id
        where r.rated_at is not null and (r.contact_id = ${contact} or r.principal_id in ${logins})
      union all select 'ticket', t.id, jsonb_build_object('number', t.number, 'subject', t.subject, 'createdAt', t.created_at, 'customFields', t.custom_fields)
        from tickets t where t.deleted_at is null and (t.requester_contact_id = ${contact} or t.requester_principal_id in ${logins})
    ) x ${place} order by x.kind, x.id limit ${AT_ONCE}`);
  return {
    ...query,
    read: (result) =>
      query.read(result).map((row) => ({ at: `${row.kind} ${row.id}`, line: { type: row.kind, ...row.line } })),
  };
}
