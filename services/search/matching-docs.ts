import { type SQL, sql } from 'drizzle-orm';
import { commentsOn, readableMessage } from '#services/access/reads-message.ts';
import { visible } from '#services/access/visible.ts';
import { fixed } from '#services/kernel/query.ts';
import type { SearchWords } from './search-words.ts';

/** What a message that explains a hit may be read of: words further back are found and not shown. */
const SHOWN_CHARACTERS = 4000;

const NOTES = fixed(commentsOn());
const READABLE = fixed(readableMessage(NOTES));
const OF_OWN_TEAM =
  sql.raw(`exists (select from auth where (auth.limit_teams is null or d.team_id = any (auth.limit_teams))
  and (auth.all_ws or d.team_id = any (auth.my_teams)) offset 0)`);

/** What sight of a ticket, and of its notes, depends on. */
const SIGHT_COLUMNS = [
  'id',
  'visibility',
  'primary_team_id',
  'assignee_team_id',
  'inbox_id',
  'assignee_principal_id',
  'created_by_principal_id',
  'deleted_at',
]
  .map((name) => `tickets.${name}`)
  .join();

/**
 * The row of `tickets`, which is not read again, and what was merged into it as far as the caller sees that, under that
 * name again: one thread.
 */
const THREAD = fixed(sql`(select tickets.id as target) thread cross join lateral (
  select ${sql.raw(SIGHT_COLUMNS)}
  union all select ${sql.raw(SIGHT_COLUMNS)} from tickets where tickets.merged_into_id = thread.target and ${visible()}) tickets`);

/**
 * Whether a document of the thread of `tickets` that the caller may read holds the words. One that they may not explains
 * no hit. It is asked ticket by ticket: `offset` keeps the planner from reading all that match.
 */
export const matchesDocs = ({ query }: SearchWords): SQL => sql`exists (select from ${THREAD} where exists (
  select from ticket_search d where d.ticket_id = tickets.id and d.doc @@ ${query} and case d.scope
    when 'customer' then true when 'agent' then ${NOTES} else ${OF_OWN_TEAM} end offset 0))`;

/**
 * All tickets that have such a document, by the index of words; `surely` where it is not for the note in one. Lacks its
 * `group by`, so that a caller may add conditions.
 */
export const matchingTickets = ({ query }: SearchWords): SQL => sql`
  select d.ticket_id, bool_or(d.scope <> 'agent') as surely from ticket_search d
  where d.doc @@ ${query} and case d.scope when 'team' then ${OF_OWN_TEAM} else true end`;

/** The same in `hits`, and where those went that were merged and that the caller sees. */
export const HITS_AND_TARGETS = fixed(sql`select ticket_id, surely from hits
  union select tickets.merged_into_id, true from hits join tickets on tickets.id = hits.ticket_id
  where tickets.merged_into_id is not null and ${visible()} and (hits.surely or ${NOTES})`);

/**
 * The newest message in the thread of `tickets` that the caller may read and that holds any of the words. To fold and parse
 * a text costs a hundred times what it costs to see that plain text holds none of their letters.
 */
export const newestHit = ({ anyWord, words }: SearchWords): SQL<{ id: string; text: string } | null> => sql`(
  select jsonb_build_object('id', public.to_typeid('tmsg', m.id), 'text', left(m.body_text, ${SHOWN_CHARACTERS}))
  from ${THREAD} cross join lateral (
    select * from ticket_messages m where m.ticket_id = tickets.id and m.deleted_at is null and ${READABLE}
      and (octet_length(m.body_text) > char_length(m.body_text) or lower(m.body_text) like any (${sql.param(lettersOf(words))}::text[]))
      and search_doc(m.body_text) @@ ${anyWord}
    order by m.created_at desc, m.id desc limit 1) m
  order by m.created_at desc, m.id desc limit 1)`;

const lettersOf = (words: SearchWords['words']): string[] =>
  words.flatMap(({ text }) => text.match(/[\p{L}\p{N}]+/gu) ?? []).map((letters) => `%${letters}%`);
