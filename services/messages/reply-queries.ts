import { type SQL, sql } from 'drizzle-orm';
import { type Id, idToUuid, uuidToId } from '#schema/ids.ts';
import { tickets } from '#schema/index.ts';
import type { TicketFacts } from '#services/access/can.ts';
import { none, rows, type Statement, statement } from '#services/kernel/query.ts';
import { slaStatesQuery } from '#services/sla/sla-queries.ts';
import type { LoadedSlaState } from '#services/sla/sla-state.ts';
import type { Status } from '#services/tickets/status-machine.ts';
import { factsOfRow, selectTickets, type TicketRow } from '#services/tickets/ticket-queries.ts';
import type { ReplyRules } from './reply-rules.ts';

/** The customer who writes, as far as the door knows them; SQL where the load has still to find out. */
export interface ReplyAuthor {
  contactId: Id<'contact'> | SQL | null;
  principalId?: Id<'prin'> | null;
}

interface Place {
  id: Id<'tkt'>;
  /** Where reopening brings it. */
  openStatus: Status;
  shares: TicketFacts['shares'];
  participantIds: Id<'prin'>[];
}

/** Where a reply may end: the ticket it is meant for, and that ticket's live follow-up. */
export interface LoadedReply {
  landing: Place;
  followUp: Place | null;
  rules: ReplyRules;
  /** The landing's team, unless it was archived while nothing open was left in it. */
  liveTeamId: Id<'team'> | null;
  /** Drawn only where a follow-up may be opened. */
  number: number | null;
  /** Custom fields that a customer may edit: a follow-up takes them over. */
  editableFields: string[];
}

/**
 * What a customer's reply on a ticket depends on. A merged ticket stands for the one it went into, if the author is on it.
 * Draws a number for a ticket that is over, so the load must be one that may.
 */
export function replyQueries(asked: Id<'tkt'> | SQL, author: ReplyAuthor) {
  const ends = endsOf(asked, author);
  const both = sql`select unnest(${arrayOf(ends)})`;
  return {
    reply: replyQuery(asked, ends),
    replyRows: statement<TicketRow[]>(selectTickets().where(sql`${tickets.id} in (${both})`)) as Statement<TicketRow[]>,
    replySla: slaStatesQuery(
      sql`select x.id from unnest(array[${ends.landing}, ${ends.followUp}]) x (id) where x.id is not null`,
    ),
  };
}

/** The tickets that a reply may end on, as an array of their ids. */
export const replyPlaces = (asked: Id<'tkt'> | SQL, author: ReplyAuthor): SQL => arrayOf(endsOf(asked, author));

const arrayOf = ({ landing, followUp }: { landing: SQL; followUp: SQL }): SQL => sql`array[${landing}, ${followUp}]`;

/** The same names without a question, for a message that is no customer's. */
export const noReplyQueries = (): ReturnType<typeof replyQueries> => ({
  reply: unasked(undefined),
  replyRows: unasked<TicketRow[]>([]),
  replySla: unasked<ReadonlyMap<Id<'tkt'>, LoadedSlaState>>(new Map()),
});

const unasked = <T>(value: T): Statement<T> => ({ ...none(), read: () => value });

function endsOf(asked: Id<'tkt'> | SQL, author: ReplyAuthor): { landing: SQL; followUp: SQL } {
  const ticket = typeof asked === 'string' ? sql`${idToUuid(asked)}::uuid` : asked;
  const uuid = (id: Id | SQL | null | undefined): SQL =>
    typeof id === 'string' ? sql`${idToUuid(id)}::uuid` : (id ?? sql`null::uuid`);
  const [contact, person] = [uuid(author.contactId), uuid(author.principalId)];
  const landing = sql`(select case when exists (
      select from tickets g where g.id = s.merged_into_id and g.deleted_at is null
        and (g.requester_contact_id = ${contact} or (g.requester_contact_id is null and g.requester_principal_id = ${person}) or exists (
          select from ticket_participants p where p.ticket_id = g.id and (p.contact_id = ${contact} or p.principal_id = ${person})))
    ) then s.merged_into_id else s.id end from tickets s where s.id = ${ticket})`;
  // Whose requester became another is theirs: the customer of the old ticket has no part in it.
  const followUp = sql`(select l.source_id from ticket_links l join tickets f on f.id = l.source_id join tickets o on o.id = l.target_id
    where l.target_id = ${landing} and l.kind = 'follow_up' and f.deleted_at is null and f.merged_into_id is null
      and f.status_category <> 'closed' and (f.requester_contact_id = o.requester_contact_id or f.requester_principal_id = o.requester_principal_id
        or num_nonnulls(f.requester_contact_id, o.requester_contact_id, f.requester_principal_id, o.requester_principal_id) = 0)
    order by l.created_at desc, l.id desc limit 1)`;
  return { landing, followUp };
}

interface PlaceJson {
  id: string;
  openStatus: { id: string } & Omit<Status, 'id'>;
  shares: { teamId: string; level: TicketFacts['shares'][number]['level'] }[];
  participantIds: string[];
}

type ReplyRow = {
  landing: PlaceJson;
  follow_up: PlaceJson | null;
  rules: ReplyRules;
  team: string | null;
  number: string | null;
  editable: string[];
};

function replyQuery(asked: Id<'tkt'> | SQL, ends: { landing: SQL; followUp: SQL }): Statement<LoadedReply | undefined> {
  const query = rows<ReplyRow>(sql`
    with ends as materialized (select ${ends.landing} as landing, ${ends.followUp} as follow_up)
    select ${placeJson(sql`ends.landing`)} as landing,
      case when ends.follow_up is not null then ${placeJson(sql`ends.follow_up`)} end as follow_up,
      ${replyRules()} as rules,
      (select m.id from teams m where m.id = t.primary_team_id and m.archived_at is null) as team,
      (select nextval('ticket_number_seq') from tickets a
        where a.id = ${typeof asked === 'string' ? sql`${idToUuid(asked)}::uuid` : asked} and not a.is_active) as number,
      array(select key from ticket_fields where applies_to = 'ticket' and portal = 'editable' and archived_at is null) as editable
    from ends join tickets t on t.id = ends.landing ${joinReplyRules('t')}`);
  return {
    ...query,
    read: (result) => {
      const [row] = query.read(result);
      if (row === undefined) return undefined;
      const { landing, follow_up: followUp, rules, team, number, editable } = row;
      return {
        landing: placeOf(landing),
        followUp: followUp === null ? null : placeOf(followUp),
        rules,
        liveTeamId: team === null ? null : uuidToId('team', team),
        number: number === null ? null : Number(number),
        editableFields: editable,
      };
    },
  };
}

/** `ReplyRules` of a ticket, over what `joinReplyRules` joins to it. */
export const replyRules = (): SQL => sql`jsonb_build_object(
  'reopenWindowDays', ${nearest('reopenWindowDays', 'reopen_window_days')},
  'onClosedReply', ${nearest('onClosedReply', 'on_closed_reply')})`;

export const joinReplyRules = (ticket: string): SQL =>
  sql.raw(`cross join ticket_settings s left join inboxes i on i.id = ${ticket}.inbox_id
    left join inbox_channels c on c.id = ${ticket}.inbox_channel_id and c.kind = 'email'`);

/** A missing key falls to the next level; a null in it is a value. */
const nearest = (name: string, column: string): SQL =>
  sql.raw(`case when c.settings ? '${name}' then c.settings->'${name}'
    when i.ticket_overrides ? '${name}' then i.ticket_overrides->'${name}' else to_jsonb(s.${column}) end`);

const placeJson = (id: SQL): SQL => sql`jsonb_build_object('id', ${id},
  'openStatus', (select jsonb_build_object('id', o.id, 'name', o.name, 'category', o.category, 'publicLabel', o.public_label)
    from ticket_statuses o left join tickets x on x.id = ${id} left join inboxes xi on xi.id = x.inbox_id
    where o.category = 'open' and o.deleted_at is null and (o.is_default or o.id = xi.default_status_id)
    order by (o.id = xi.default_status_id) desc nulls last limit 1),
  'shares', (select coalesce(jsonb_agg(jsonb_build_object('teamId', h.team_id, 'level', h.level)), '[]')
    from ticket_shares h where h.ticket_id = ${id} and h.revoked_at is null),
  'participantIds', (select coalesce(jsonb_agg(p.principal_id), '[]')
    from ticket_participants p where p.ticket_id = ${id} and p.principal_id is not null))`;

const placeOf = ({ id, openStatus, shares, participantIds }: PlaceJson): Place => ({
  id: uuidToId('tkt', id),
  openStatus: { ...openStatus, id: uuidToId('tstat', openStatus.id) },
  shares: shares.map(({ teamId, level }) => ({ teamId: uuidToId('team', teamId), level })),
  participantIds: participantIds.map((each) => uuidToId('prin', each)),
});

export const factsOfPlace = ({ shares, participantIds }: Place, { ticket }: TicketRow): TicketFacts =>
  factsOfRow(ticket, shares, participantIds);
