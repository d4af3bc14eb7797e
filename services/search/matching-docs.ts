import { type SQL, sql } from 'drizzle-orm';
import { commentsOn, readableMessage } from '#services/access/reads-message.ts';
import { fixed } from '#services/kernel/query.ts';
import type { SearchWords } from './search-words.ts';

/** What a message that explains a hit may be read of: words further back are found and not shown. */
const SHOWN_CHARACTERS = 4000;

const NOTES = fixed(commentsOn());
const READABLE = fixed(readableMessage(NOTES));
const OF_OWN_TEAM =
  sql.raw(`((select limit_teams from auth) is null or d.team_id = any ((select limit_teams from auth)::uuid[]))
  and ((select all_ws from auth) or d.team_id = any ((select my_teams from auth)::uuid[]))`);

/**
 * Whether a document of `tickets` that the caller may read holds the words. One that they may not explains no hit. It is
 * asked ticket by ticket: `offset` keeps the planner from reading all that match.
 */
export const matchesDocs = ({ query }: SearchWords): SQL => sql`exists (
  select from ticket_search d where d.ticket_id = tickets.id and d.doc @@ ${query} and case d.scope
    when 'customer' then true when 'agent' then ${NOTES} else ${OF_OWN_TEAM} end offset 0)`;

/**
 * All tickets that have such a document, by the index of words; `surely` where it is not for the note in one. Lacks its
 * `group by`, so that a caller may add conditions.
 */
export const matchingTickets = ({ query }: SearchWords): SQL => sql`
  select d.ticket_id, bool_or(d.scope <> 'agent') as surely from ticket_search d
  where d.doc @@ ${query} and case d.scope when 'team' then ${OF_OWN_TEAM} else true end`;

/** The newest message of `tickets` that the caller may read and that holds any of the words. */
export const newestHit = ({ anyWord }: SearchWords): SQL<{ id: string; text: string } | null> => sql`(
  select jsonb_build_object('id', public.to_typeid('tmsg', m.id), 'text', left(m.body_text, ${SHOWN_CHARACTERS}))
  from ticket_messages m
  where m.ticket_id = tickets.id and m.deleted_at is null and ${READABLE}
    and search_doc(m.body_text) @@ ${anyWord}
  order by m.created_at desc, m.id desc limit 1)`;
