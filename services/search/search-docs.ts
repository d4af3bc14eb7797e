import { type SQL, sql } from 'drizzle-orm';
import { type Id, idToUuid } from '#schema/ids.ts';
import type { MESSAGE_AUDIENCES, ValueOf } from '#schema/values.ts';
import { overRows } from '#services/kernel/over-rows.ts';
import { run, type Statement } from '#services/kernel/query.ts';

/** A document of a ticket: what reads it back decompresses all of it, so it ends here and later words are not found. */
const DOC_BYTES = 256 * 1024;
/** Characters whose document stays within `DOC_BYTES` in any script. */
const SURE_CHARACTERS = 20_000;
/** What `search_doc` reads of a text. */
const READ_CHARACTERS = 100_000;

export interface SearchText {
  text: string;
  audience: ValueOf<typeof MESSAGE_AUDIENCES>;
  teamId: Id<'team'> | null;
}

/** The documents of a new ticket. The one that customers find by exists always, if only with the subject. */
export function newSearch(ticketId: Id<'tkt'>, subject: string, opening: SearchText | null): Statement {
  const ofAgents = opening !== null && opening.audience !== 'shared_team';
  const isPublic = opening?.audience === 'public';
  const whole = sql`concat_ws(E'\n', given.subject, case when reads then given.body end)`;
  return run(sql`with given as (select ${subject}::text as subject, ${opening?.text ?? ''}::text as body)
    insert into ticket_search (ticket_id, scope, doc)
    select ${idToUuid(ticketId)}::uuid, scope, ${fitting(sql`''::tsvector`, whole)}
    from given, (values ('agent', ${ofAgents}::boolean), ('customer', ${isPublic}::boolean)) as scopes (scope, reads)`);
}

/**
 * Adds a message to the documents of those who may read it; a document that is not there yet begins with the subject.
 * Runs under the ticket's guard, so no twin adds at once.
 */
export const appendSearch = (
  ticketId: Id<'tkt'>,
  subject: string,
  { text: body, audience, teamId }: SearchText,
): Statement =>
  overRows(
    { name: `search ${audience}`, rank: 5 },
    [{ id: idToUuid(ticketId), team: teamId === null ? null : idToUuid(teamId), subject, body }],
    (added) => appendTo(audience, added),
  );

function appendTo(audience: SearchText['audience'], added: readonly Record<string, string | null>[]): Statement {
  const scopes = sql.raw(
    { public: `('agent'), ('customer')`, internal: `('agent')`, shared_team: `('team')` }[audience],
  );
  return run(sql`with wanted as (
      select given.*, scopes.scope from jsonb_to_recordset(${JSON.stringify(added)}::jsonb) as given (id uuid, team uuid, subject text, body text),
        (values ${scopes}) as scopes (scope)),
    grown as (
      update ticket_search set doc = ${fitting(sql`ticket_search.doc`, sql`wanted.body`)} from wanted
      where ticket_search.ticket_id = wanted.id and ticket_search.scope = wanted.scope and ticket_search.team_id is not distinct from wanted.team
      returning ticket_search.ticket_id, ticket_search.scope)
    insert into ticket_search (ticket_id, scope, team_id, doc)
    select id, scope, team, ${fitting(sql`''::tsvector`, sql`wanted.subject || E'\n' || wanted.body`)}
    from wanted where (id, scope) not in (select ticket_id, scope from grown)`);
}

/**
 * Makes the documents of tickets anew from their rows, after whatever took words away: a new subject, an edit, a deletion,
 * a redaction. What was said on a merged ticket stays in the documents of that one: its readers are not those of the target.
 */
export function rebuildSearch(ticketIds: readonly Id<'tkt'>[]): Statement {
  const ids = sql`array[${sql.join(
    ticketIds.map((id) => sql`${idToUuid(id)}`),
    sql`, `,
  )}]::uuid[]`;
  return run(sql`with wanted as (
      select id, subject from tickets where id = any (${ids})),
    said as (
      select wanted.id as ticket_id, scopes.scope, scopes.team_id, m.body_text, m.created_at, m.id,
        sum(length(m.body_text)) over (partition by wanted.id, scopes.scope, scopes.team_id order by m.created_at, m.id) - length(m.body_text) as characters_before
      from wanted
      join ticket_messages m on m.ticket_id = wanted.id and m.deleted_at is null
      cross join lateral (values
        ('agent', null::uuid, m.audience <> 'shared_team'),
        ('customer', null::uuid, m.audience = 'public'),
        ('team', m.shared_team_id, m.audience = 'shared_team')) as scopes (scope, team_id, reads)
      where scopes.reads),
    texts as (
      select wanted.id as ticket_id, scopes.scope, scopes.team_id,
        concat_ws(E'\n', wanted.subject, string_agg(said.body_text, E'\n' order by said.created_at, said.id)) as body
      from wanted
      cross join lateral (
        values ('agent', null::uuid), ('customer', null::uuid) union select scope, team_id from said where said.ticket_id = wanted.id
      ) as scopes (scope, team_id)
      left join said on said.ticket_id = wanted.id and said.scope = scopes.scope and said.team_id is not distinct from scopes.team_id
        and said.characters_before < ${READ_CHARACTERS}
      group by wanted.id, wanted.subject, scopes.scope, scopes.team_id),
    gone as (
      delete from ticket_search d using wanted
      where d.ticket_id = wanted.id and d.scope = 'team'
        and not exists (select from texts where texts.ticket_id = d.ticket_id and texts.scope = 'team' and texts.team_id = d.team_id))
    insert into ticket_search (ticket_id, scope, team_id, doc)
    select ticket_id, scope, team_id, ${fitting(sql`''::tsvector`, sql`texts.body`)} from texts
    on conflict (ticket_id, scope, team_id) do update set doc = excluded.doc`);
}

/** A document with a text added to it: all of the text, else its beginning, else nothing, whatever still fits. */
const fitting = (doc: SQL, text: SQL): SQL => sql`(
  select case when pg_column_size(${doc} || whole.doc) <= ${DOC_BYTES} then ${doc} || whole.doc
    when pg_column_size(${doc} || search_doc(left(${text}, ${SURE_CHARACTERS}))) <= ${DOC_BYTES} then ${doc} || search_doc(left(${text}, ${SURE_CHARACTERS}))
    else ${doc} end
  from (select search_doc(${text}) as doc offset 0) whole)`;
