import { PgDialect } from 'drizzle-orm/pg-core';
import { sightArms } from './sight-arms.ts';
import { SIGHT_WAYS, type SightWay, UNASSIGNED_WAYS } from './sight-ways.ts';
import { type SqlObject, sqlFunction } from './sql-object.ts';

const HALF = 'tickets.is_active = half';
const LIVE = 'tickets.deleted_at is null';
const UNPLACED =
  "tickets.primary_team_id is null and tickets.assignee_team_id is null and tickets.inbox_id is null and tickets.visibility <> 'private'";

/** `offset` keeps the planner from reading all shares and participations of the reader for one ticket. */
const IN_SIGHT = new PgDialect().sqlToQuery(sightArms((column) => `auth.${column}`, 'read', ' offset 0')).sql;

/** What leads to tickets as `ids` and `ats`, no further than `size`; most indexes hold all that this reads. */
const found = (from: string, first = ''): string => `
        select array_agg(hits.id), array_agg(hits.at) into more_ids, more_ats from (
          select tickets.id, tickets.last_activity_at as at from ${from}
            and (tickets.last_activity_at, tickets.id) < (place_at, place_id)
            and (tickets.last_activity_at, tickets.id) > (edge_at, edge_id)
          order by ${first}tickets.last_activity_at desc, tickets.id desc limit size) hits;`;

const live = (on: string, first?: string): string => found(`public.tickets where ${on} and ${LIVE}`, first);

/** Neither shares nor participations are kept in the order of their tickets' activity: they are few, and read whole. */
const whole = (from: string): string =>
  found(`${from} kept cross join lateral (
            select * from public.tickets where tickets.id = kept.ticket_id and ${LIVE} and tickets.is_active = any (halves) offset 0) tickets
          where true`);

const byKey = (column: string): [string, string] => [column, live(`tickets.${column} = key and ${HALF}`)];
const ofNobody = (column: string): [string, string] => [
  `nobody ${column}`,
  live(`tickets.${column} = key and tickets.assignee_principal_id is null and tickets.is_active`),
];

/** Each follows one index. Those that begin with `nobody` are of active tickets without assignee alone. */
const WAYS = {
  all: `if cardinality(categories) = 1 then ${live('tickets.status_category = categories[1]')}
      else ${live(HALF)}
      end if;`,
  ...Object.fromEntries(
    [
      'primary_team_id',
      'assignee_team_id',
      'inbox_id',
      'assignee_principal_id',
      'created_by_principal_id',
      'organization_id',
      'requester_contact_id',
      'requester_principal_id',
    ].map(byKey),
  ),
  pool: live(`${HALF} and ${UNPLACED}`),
  open: live(`${HALF} and tickets.visibility = 'shared'`),
  // An index that begins with what is null is in order only if the sort begins with it too.
  nobody: live(`tickets.assignee_principal_id is null and ${HALF}`, 'tickets.assignee_principal_id, '),
  ...Object.fromEntries(['primary_team_id', 'assignee_team_id', 'inbox_id'].map(ofNobody)),
  shared: whole(`(
            select distinct s.ticket_id from public.ticket_shares s where s.revoked_at is null and s.team_id = any (auth.share_teams))`),
  tag: whole(`(select distinct l.ticket_id from public.ticket_tag_links l where l.tag_id = any (tags))`),
  participating: whole(`(
            select distinct p.ticket_id from public.ticket_participants p where p.principal_id = any (auth.me))`),
};

const noted = ({ name, when, keys }: SightWay): string => `
    if ${when} then
      ${
        keys === undefined
          ? `steps := steps || '${name}'::text; step_keys := step_keys || null::uuid;`
          : `foreach key in array ${keys} loop steps := steps || '${name}'::text; step_keys := step_keys || key; end loop;`
      }
    end if;`;

const FIRST = `select array_agg(kept.id), array_agg(kept.at) into ids, ats from (
              select distinct on (u.at, u.id) u.id, u.at from unnest(ids, ats) u (id, at) order by u.at desc, u.id desc limit size) kept;`;

/** The tickets found, in their order, held against filters and sight until the page is full. */
const TRIED = `
      select array_agg(hits.id), array_agg(hits.at), count(*) into more_ids, more_ats, hit from (
        select c.id, c.at from unnest(ids, ats) c (id, at) cross join lateral (
          select from public.tickets where tickets.id = c.id
            and (not nobody or tickets.assignee_principal_id is null)
            and (categories is null or tickets.status_category = any (categories))
            and (statuses is null or tickets.status_id = any (statuses))
            and (priorities is null or tickets.priority = any (priorities))
            and (channels is null or tickets.channel = any (channels))
            and (visibilities is null or tickets.visibility = any (visibilities))
            and (merged is null or (tickets.merged_into_id is not null) = merged)
            and (${IN_SIGHT})
          offset 0) t
        where tags is null or exists (
          select from public.ticket_tag_links l where l.ticket_id = c.id and l.tag_id = any (tags) offset 0)
        limit most - cardinality(page_ids)) hits;`;

/** So many tickets with a tag are read whole. */
const FEW = 500;
/** Whether one in twenty is found on the way through all tickets: fewer, and ways of one's own are shorter. */
const WORTH_WALKING = 20;
/** The same where it is filters that leave out most: of so many, so many are in sight. */
const LOOKED_AT = 40;
const SEES_MUCH = 10;
/** Beyond so many ways a second round costs more than some tickets for those that will be left out. */
const MANY_WAYS = 8;
const GROWTH = 8;
const LONGEST_ROUND = 4000;

/**
 * A page of what the caller may see, last active first. `ways` are columns of `tickets`, each taken for each of `keys`; or
 * `sight`, all that is in sight; `unassigned`, what of that nobody works on; `shared`; `participating`. `halves` are values
 * of `is_active`, `auth` is a row of authority; a filter that is null asks nothing.
 *
 * In rounds: the next tickets of all ways together, none of which is followed further than the last of them as known so
 * far; then each is tried in order until the page is full. A round that was too short is followed by a longer one. The first
 * rounds walk all tickets, as long as enough of them are in sight; tickets of a rare tag are read whole. The plans are kept
 * by the connection.
 */
export const ticketPage: SqlObject = sqlFunction(
  'ticket_page',
  `
create function public.ticket_page(auth record, ways text[], keys uuid[], halves boolean[], nobody boolean,
  categories text[], statuses uuid[], priorities text[], channels text[], visibilities text[], tags uuid[], merged boolean,
  after_at timestamptz, after_id uuid, most integer)
returns table (ticket_id uuid, at timestamptz)
language plpgsql stable parallel safe rows 50 cost 10000
set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan set enable_sort = off as $body$
#variable_conflict use_variable
declare
  way text; key uuid; half boolean; steps text[] := '{}'; step_keys uuid[] := '{}';
  own_steps text[]; own_keys uuid[]; walk text; size integer := most; hit integer; tried integer;
  place_at timestamptz := after_at; place_id uuid := after_id; edge_at timestamptz; edge_id uuid;
  more_ids uuid[]; more_ats timestamptz[]; ids uuid[]; ats timestamptz[];
  page_ids uuid[] := '{}'; page_ats timestamptz[] := '{}';
begin
  case ways[1]
  when 'sight' then ${SIGHT_WAYS.map(noted).join('')}
    walk := 'all';
  when 'unassigned' then ${UNASSIGNED_WAYS.map(noted).join('')}
    walk := 'nobody';
  when 'shared', 'participating' then
    steps := ways;
    step_keys := array[null::uuid];
  else
    select array_agg(w.way), array_agg(k.key) into steps, step_keys
    from unnest(ways) w (way) cross join (select distinct unnest(keys)) k (key);
  end case;
  if walk is not null and tags is not null then
    select count(*) into hit from (select from public.ticket_tag_links l where l.tag_id = any (tags) limit ${FEW + 1}) tagged;
    if hit <= ${FEW} then
      steps := '{tag}'; step_keys := array[null::uuid]; walk := null; size := ${FEW + 1};
    end if;
  end if;
  if walk is not null and steps <> array[walk] then
    own_steps := steps; own_keys := step_keys;
    steps := array[walk]; step_keys := array[null::uuid];
  end if;
  if cardinality(steps) > ${MANY_WAYS} then
    size := most + most / 8;
  end if;
  loop
    ids := '{}'; ats := '{}'; edge_at := '-infinity'; edge_id := '00000000-0000-0000-0000-000000000000';
    for i in 1 .. coalesce(cardinality(steps), 0) loop
      way := steps[i];
      key := step_keys[i];
      foreach half in array halves loop
        case way${Object.entries(WAYS)
          .map(([name, statement]) => `\n      when '${name}' then ${statement}`)
          .join('')}
        end case;
        if more_ids is not null then
          ids := ids || more_ids;
          ats := ats || more_ats;
          if cardinality(ids) >= 2 * size or (cardinality(ids) >= size and edge_at = '-infinity') then
            ${FIRST}
            if cardinality(ids) = size then
              edge_at := ats[size];
              edge_id := ids[size];
            end if;
          end if;
        end if;
        exit when way in ('shared', 'participating', 'tag') or (way = 'all' and cardinality(categories) = 1);
      end loop;
    end loop;
    ${FIRST}
    exit when ids is null;
    tried := cardinality(ids);${TRIED}
    if hit > 0 then
      page_ids := page_ids || more_ids; page_ats := page_ats || more_ats;
    end if;
    exit when cardinality(page_ids) >= most or tried < size;
    place_at := ats[tried];
    place_id := ids[tried];
    size := least(${LONGEST_ROUND}, size * ${GROWTH}, most / 4 + (most - cardinality(page_ids)) * tried * 5 / 4 / greatest(hit, 1));
    if own_steps is not null and hit * ${WORTH_WALKING} < tried then
      select count(*) into hit from unnest(ids[1:${LOOKED_AT}]) c (id) cross join lateral (
        select from public.tickets where tickets.id = c.id and (${IN_SIGHT}) offset 0) t;
      if hit < ${SEES_MUCH} then
        steps := own_steps; step_keys := own_keys; size := most + most / 4;
      end if;
      own_steps := null;
    end if;
  end loop;
  return query select p.id, p.at from unnest(page_ids, page_ats) p (id, at);
end
$body$`,
);
