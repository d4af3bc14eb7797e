import { PgDialect } from 'drizzle-orm/pg-core';
import { sightArms } from './sight-arms.ts';
import { SIGHT_WAYS, type SightWay, UNASSIGNED_WAYS } from './sight-ways.ts';
import { type SqlObject, sqlFunction } from './sql-object.ts';

const LIVE = 'tickets.deleted_at is null';
const UNPLACED =
  "tickets.primary_team_id is null and tickets.assignee_team_id is null and tickets.inbox_id is null and tickets.visibility <> 'private'";
const NOBODYS = 'tickets.assignee_principal_id is null';

/** `offset` keeps the planner from reading all shares and participations of the reader for one ticket. */
const IN_SIGHT = new PgDialect().sqlToQuery(sightArms((column) => `auth.${column}`, 'read', ' offset 0')).sql;

/**
 * The streams of a way read on: each no further than `deep` rows or the edge. One that gave so many may hold more. Most
 * indexes hold all that this reads.
 */
const readOn = (way: string, on: string, { from = 'tickets', id = 'id', first = '' } = {}): string => `
        when '${way}' then
          select ids || array_agg(t.id), ats || array_agg(t.at), further || array_agg(s.n) filter (where t.n = deep),
            further_at || array_agg(t.at) filter (where t.n = deep), further_id || array_agg(t.id) filter (where t.n = deep)
          into ids, ats, further, further_at, further_id
          from unnest(stream, stream_at, stream_id) s (n, at, id) cross join lateral (
            select ${from}.${id} as id, ${from}.last_activity_at as at,
              row_number() over (order by ${first}${from}.last_activity_at desc, ${from}.${id} desc) as n
            from public.${from} where ${on}
              and (${from}.last_activity_at, ${from}.${id}) < (s.at, s.id)
              and (${from}.last_activity_at, ${from}.${id}) > (edge_at, edge_id)
            order by ${first}${from}.last_activity_at desc, ${from}.${id} desc limit deep) t
          where on_way[s.n] = '${way}' and (s.at, s.id) > (edge_at, edge_id);`;

const ofTickets = (way: string, on: string, first = ''): string => readOn(way, `${on} and ${LIVE}`, { first });
const byKey = (column: string): string =>
  ofTickets(column, `tickets.${column} = on_key[s.n] and tickets.is_active = on_half[s.n]`);
const ofNobody = (column: string): string =>
  ofTickets(`nobody ${column}`, `tickets.${column} = on_key[s.n] and ${NOBODYS} and tickets.is_active`);
/** Of what hangs on a ticket, with the ticket's activity beside it. */
const beside = (way: string, table: string, column: string, more = ''): string =>
  readOn(way, `${table}.${column} = on_key[s.n] and ${table}.is_active = on_half[s.n]${more}`, {
    from: table,
    id: 'ticket_id',
  });

/** Each follows one index. Those that begin with `nobody` are of active tickets without assignee alone. */
const WAYS: readonly string[] = [
  ofTickets('all', 'tickets.is_active = on_half[s.n]'),
  ofTickets('category', 'tickets.status_category = categories[1]'),
  ...[
    'primary_team_id',
    'assignee_team_id',
    'inbox_id',
    'assignee_principal_id',
    'created_by_principal_id',
    'organization_id',
    'requester_contact_id',
    'requester_principal_id',
  ].map(byKey),
  ofTickets('pool', `tickets.is_active = on_half[s.n] and ${UNPLACED}`),
  ofTickets('open', "tickets.is_active = on_half[s.n] and tickets.visibility = 'shared'"),
  // An index that begins with what is null is in order only if the sort begins with it too.
  ofTickets('nobody', `${NOBODYS} and tickets.is_active = on_half[s.n]`, 'tickets.assignee_principal_id, '),
  ...['primary_team_id', 'assignee_team_id', 'inbox_id'].map(ofNobody),
  beside('shared', 'ticket_shares', 'team_id', ' and ticket_shares.revoked_at is null'),
  beside('participating', 'ticket_participants', 'principal_id'),
  beside('tag', 'ticket_tag_links', 'tag_id'),
];

/** All ways of `how` that lead anywhere, with their keys. */
const taken = (how: readonly SightWay[]): string =>
  how
    .map(
      ({ name, when, keys }) =>
        `select '${name}'::text, k.key from (values (null::uuid)) none (no) cross join lateral ${keys === undefined ? '(select null::uuid)' : `(select distinct unnest(${keys}))`} k (key) where ${when}`,
    )
    .join(`
        union all `);

/** What was found is cut to the newest; none behind the last of them is on the page. */
const CUT = `
          select array_agg(kept.id), array_agg(kept.at) into ids, ats from (
            select distinct on (u.at, u.id) u.id, u.at from unnest(ids, ats) u (id, at) order by u.at desc, u.id desc limit size) kept;
          if cardinality(ids) = size then
            has_edge := true;
            edge_at := ats[size];
            edge_id := ids[size];
          end if;`;

/** The tickets found, in their order, held against filters and sight until the page is full. */
const TRIED = `
      select array_agg(hits.id), array_agg(hits.at), count(*) into hit_ids, hit_ats, hit from (
        select c.id, c.at from unnest(ids, ats) c (id, at) cross join lateral (
          select from public.tickets where tickets.id = c.id and ${LIVE}
            and (not nobody or ${NOBODYS})
            and (categories is null or tickets.status_category = any (categories))
            and (statuses is null or tickets.status_id = any (statuses))
            and (priorities is null or tickets.priority = any (priorities))
            and (channels is null or tickets.channel = any (channels))
            and (visibilities is null or tickets.visibility = any (visibilities))
            and (merged is null or (tickets.merged_into_id is not null) = merged)
            and (${IN_SIGHT})
          offset 0) t
        where tags is null or by_tag or exists (
          select from public.ticket_tag_links l where l.ticket_id = c.id and l.tag_id = any (tags) offset 0)
        limit most - cardinality(page_ids)) hits;`;

/** A reader of more ways than this tries a page of all tickets first. */
const MANY_WAYS = 100;
/** Beyond so many ways a second round costs more than some tickets for those that will be left out. */
const SOME_WAYS = 8;
/** A stream is read at first by its share in so many pages, and a few rows more. */
const PAGES_AT_FIRST = 4;
const A_FEW = 3;
/** Whether one in twenty is found on the way that is tried first: fewer, and ways of one's own are shorter. */
const WORTH_WALKING = 20;
/** The same where it is filters that leave out most: of so many, so many are in sight. */
const LOOKED_AT = 40;
const SEES_MUCH = 10;
const GROWTH = 8;
const LONGEST_ROUND = 4000;

/**
 * A page of what the caller may see, last active first. `ways` are columns of `tickets`, `shared`, `participating` or `tag`,
 * each taken for each of `keys`; or `sight`, all that is in sight; `unassigned`, what of that nobody works on. `halves` are
 * values of `is_active`, `auth` is a row of authority; a filter that is null asks nothing. Both places are outside of the page.
 *
 * In rounds: the next tickets of all ways together; then each is tried in order until the page is full. A round that was too
 * short is followed by a longer one. In a round, each way for each key and half is a stream, and all streams of a way are
 * read by one statement: where there are many, a few rows of each show how far back the page may reach, and only those that
 * may hold more of it are read on. The tickets of a tag, and all tickets for whoever has very many ways, are tried before the
 * reader's own ways, as long as enough of them are in sight. The plans are kept by the connection.
 */
export const ticketPage: SqlObject = sqlFunction(
  'ticket_page',
  `
create function public.ticket_page(auth record, ways text[], keys uuid[], halves boolean[], nobody boolean,
  categories text[], statuses uuid[], priorities text[], channels text[], visibilities text[], tags uuid[], merged boolean,
  after_at timestamptz, after_id uuid, since_at timestamptz, since_id uuid, most integer)
returns table (ticket_id uuid, at timestamptz)
language plpgsql stable parallel safe rows 50 cost 10000
set search_path = pg_catalog, pg_temp set plan_cache_mode = force_generic_plan set enable_sort = off as $body$
#variable_conflict use_variable
declare
  way_names text[]; way_keys uuid[]; own_names text[]; own_keys uuid[]; first_way text;
  way text; steps text[]; on_way text[]; on_key uuid[]; on_half boolean[];
  stream integer[]; stream_at timestamptz[]; stream_id uuid[]; further integer[]; further_at timestamptz[]; further_id uuid[];
  place_at timestamptz := after_at; place_id uuid := after_id; edge_at timestamptz; edge_id uuid;
  by_tag boolean := false; has_edge boolean; size integer := most; deep integer; hit integer; tried integer;
  ids uuid[]; ats timestamptz[]; hit_ids uuid[]; hit_ats timestamptz[];
  page_ids uuid[] := '{}'; page_ats timestamptz[] := '{}';
begin
  case ways[1]
  when 'sight' then
    select array_agg(w.way), array_agg(w.key) into way_names, way_keys from (
        ${taken(SIGHT_WAYS)}) w (way, key);
    first_way := 'all';
  when 'unassigned' then
    select array_agg(w.way), array_agg(w.key) into way_names, way_keys from (
        ${taken(UNASSIGNED_WAYS)}) w (way, key);
    first_way := 'nobody';
  else
    select array_agg(w.way), array_agg(k.key) into way_names, way_keys
    from unnest(ways) w (way) cross join (select distinct unnest(keys)) k (key);
  end case;
  if way_names is null or cardinality(tags) = 0 then return; end if;
  if cardinality(categories) = 1 then
    way_names := array_replace(way_names, 'all', 'category');
  end if;
  if first_way is not null and tags is not null then
    by_tag := true;
    own_names := way_names; own_keys := way_keys;
    way_names := array_fill('tag'::text, array[cardinality(tags)]); way_keys := tags;
  elsif first_way is not null and cardinality(way_names) > ${MANY_WAYS} then
    own_names := way_names; own_keys := way_keys;
    way_names := array[first_way]; way_keys := array[null::uuid];
  elsif cardinality(way_names) > ${SOME_WAYS} then
    size := most + most / 4;
  end if;
  loop
    select array_agg(w.way), array_agg(w.key), array_agg(h.half), array_agg(distinct w.way), array_agg(place_at), array_agg(place_id)
    into on_way, on_key, on_half, steps, stream_at, stream_id
    from unnest(way_names, way_keys) w (way, key) cross join unnest(halves) h (half);
    stream := array(select generate_series(1, cardinality(on_way)));
    ids := '{}'; ats := '{}'; has_edge := false; edge_at := since_at; edge_id := since_id;
    deep := least(size, ${PAGES_AT_FIRST} * size / cardinality(stream) + ${A_FEW});
    loop
      further := '{}'; further_at := '{}'; further_id := '{}';
      foreach way in array steps loop
        case way${WAYS.join('')}
        end case;
        if cardinality(ids) >= 2 * size or (cardinality(ids) >= size and not has_edge) then${CUT}
        end if;
      end loop;
      exit when deep = size or cardinality(further) = 0;
      stream := further; stream_at := further_at; stream_id := further_id;
      steps := array(select distinct on_way[f.n] from unnest(further) f (n));
      deep := size;
    end loop;${CUT}
    tried := coalesce(cardinality(ids), 0);
    exit when tried = 0;${TRIED}
    if hit > 0 then
      page_ids := page_ids || hit_ids; page_ats := page_ats || hit_ats;
    end if;
    exit when cardinality(page_ids) >= most or tried < size;
    place_at := ats[tried];
    place_id := ids[tried];
    size := least(${LONGEST_ROUND}, size * ${GROWTH}, most / 4 + (most - cardinality(page_ids)) * tried * 5 / 4 / greatest(hit, 1));
    if own_names is not null and hit * ${WORTH_WALKING} < tried then
      select count(*) into hit from unnest(ids[1:${LOOKED_AT}]) c (id) cross join lateral (
        select from public.tickets where tickets.id = c.id and (${IN_SIGHT}) offset 0) t;
      if hit < ${SEES_MUCH} then
        way_names := own_names; way_keys := own_keys; by_tag := false; size := most + most / 4;
      end if;
      own_names := null;
    end if;
  end loop;
  return query select p.id, p.at from unnest(page_ids, page_ats) p (id, at);
end
$body$`,
);
