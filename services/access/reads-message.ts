import { type SQL, sql } from 'drizzle-orm';
import type { Id } from '#schema/ids.ts';
import type { MESSAGE_AUDIENCES, ValueOf } from '#schema/values.ts';
import type { Authority } from './authority.ts';
import { holdsAtWorkspace, type TicketFacts, ticketArm, ticketDenial } from './can.ts';
import { inReach } from './visible.ts';

/** What reading a message depends on, beside its ticket. */
export interface MessageFacts {
  audience: ValueOf<typeof MESSAGE_AUDIENCES>;
  sharedTeamId: Id<'team'> | null;
  authorPrincipalId: Id<'prin'> | null;
}

/**
 * Who reads a message: sight for a public one, `ticket.comment_internal` for a note; a team's words its members inside the
 * limits of a key, their author, and whoever sees all tickets. Files, edits, activity and events follow their message.
 */
export function readsMessage(authority: Authority, ticket: TicketFacts, message: MessageFacts): boolean {
  if (ticketArm(authority, ticket) === undefined) return false;
  if (message.audience === 'public') return true;
  if (message.audience === 'internal') return ticketDenial(authority, 'ticket.comment_internal', ticket) === undefined;
  const { sharedTeamId: team, authorPrincipalId: author } = message;
  if (author !== null && authority.me.includes(author)) return true;
  if (team === null || !(authority.limitTeams?.includes(team) ?? true)) return false;
  return authority.myTeams.includes(team) || holdsAtWorkspace(authority, 'ticket.view_all');
}

/** `can(ticket.comment_internal)` as a predicate over `tickets` under the relation `auth`, held equal by a property test. */
export const commentsOn = (): SQL => sql`(${inReach('auth', 'comment')} and exists (
  select from auth cross join lateral jsonb_array_elements(auth.grants) g
  where g -> 1 ? 'ticket.comment_internal' and (g ->> 0 = 'workspace' or exists (
    select from jsonb_array_elements_text(g -> 2) p where case g ->> 0
      when 'inbox' then p::uuid = tickets.inbox_id
      else p::uuid in (tickets.primary_team_id, tickets.assignee_team_id) or exists (
        select from ticket_shares s where s.ticket_id = tickets.id and s.revoked_at is null and s.team_id = p::uuid) end))))`;

/** `readsMessage` as a predicate over messages `m` of a ticket in sight; `notes` is what `commentsOn` says of that ticket. */
export const readableMessage = (notes: SQL): SQL => sql`case m.audience
  when 'public' then true
  when 'internal' then ${notes}
  else exists (select from auth where m.author_principal_id = any (auth.me) or (
    (auth.limit_teams is null or m.shared_team_id = any (auth.limit_teams))
    and (auth.all_ws or m.shared_team_id = any (auth.my_teams))) offset 0) end`;
