import { SQL, sql } from 'drizzle-orm';
import type { TicketFilter } from '#schema/api/ticket-filter.ts';
import type { Prefix } from '#schema/ids.ts';
import { ACTIVE_CATEGORIES } from '#schema/values.ts';
import { commentsOn } from '#services/access/reads-message.ts';
import { type Branch, PARTICIPATING, SHARED, sightBranches } from '#services/access/sight-branches.ts';
import { inTrashOfRow, visibleToRow } from '#services/access/visible.ts';
import { fixed } from '#services/kernel/query.ts';
import { HITS_AND_TARGETS, matchesDocs, matchingTickets } from '#services/search/matching-docs.ts';
import type { SearchWords } from '#services/search/search-words.ts';
import { askedBy, filterConditions, tagsNamed, uuidsOf } from './list-filters.ts';
import { afterPlace, SORTS, sortNames } from './list-sorts.ts';

/** What a list is read by: its filter, the words looked for, and how far. */
export interface ListPlan {
  filter: TicketFilter;
  words: SearchWords | undefined;
  /** The last row of the page before; `top` when that was the one whose number was asked for. */
  after: readonly unknown[] | 'top' | undefined;
  limit: number;
}

const MINE = 'tickets.assignee_principal_id = any (auth.me)';
const LENSES: Readonly<Record<NonNullable<TicketFilter['scope']>, string | undefined>> = {
  visible: undefined,
  all: undefined,
  mine: MINE,
  team: '(tickets.primary_team_id = any (auth.my_teams) or tickets.assignee_team_id = any (auth.my_teams))',
  unassigned: 'tickets.assignee_principal_id is null and tickets.is_active',
  inbox: 'tickets.inbox_id = any (auth.my_inboxes || auth.my_view_inboxes)',
  shared:
    'exists (select from ticket_shares s where s.ticket_id = tickets.id and s.revoked_at is null and s.team_id = any (auth.share_teams))',
  participating:
    'exists (select from ticket_participants p where p.ticket_id = tickets.id and p.principal_id = any (auth.me))',
};

/** How many tickets in order are tried for each one that is wanted, once a page of them has shown that the words are not rare. */
const FURTHER = 20;

/**
 * The page of a list as expressions that end in `page`, behind `auth`: a branch per equality of an index, each with sight,
 * filters, place and limit inside, so that none reads further than a page; together, each ticket once, in order, and cut.
 */
export function pageCte(plan: ListPlan): SQL {
  const wanted = plan.limit + 1;
  const { words, filter } = plan;
  const { number, address } = words ?? {};
  const top = number === undefined || plan.after !== undefined ? [] : [rowsOf(plan, NUMBERED(number), wanted, true)];
  const asked = address === undefined ? [] : [rowsOf(plan, { on: askedBy(address), whole: true }, wanted)];
  if (words === undefined || filter.deleted === true) {
    const matching = words === undefined ? plan : { ...plan, and: matchesDocs(words) };
    const lead = leadOf(filter);
    if (SORTS[filter.sort].ofAll && lead.ways?.[0] === 'sight') {
      // Whoever sees a good part of all tickets meets a page of theirs soon; the others have not so many to sort.
      const few = sql`not auth.all_ws and (select count(*) from walked) < ${wanted}`;
      return sql`walked as materialized (${rowsOf(matching, WALKED, wanted)}),
        page as materialized (${firstOf(plan, [sql`select * from walked`, rowsOf(matching, { ...allInSight(plan), when: few }, wanted)], wanted)})`;
    }
    const branches = foundBy(matching, wanted);
    return sql`page as materialized (${firstOf(plan, [...branches, ...top, ...asked], wanted)})`;
  }
  // A common word is soon met on the way, a rare one is soon read out of its index; neither way is good for the other. A
  // page that is tried tells which it is.
  const further = wanted * FURTHER;
  const isCommon = sql`(select count(*) from met) between 1 and ${wanted - 1}`;
  const isFull = sql`(select count(*) from met) = ${wanted} or (select count(*) from met_further) = ${wanted}`;
  const met = (relation: string) => sql`select t.* from ${sql.raw(relation)} t cross join lateral (
    select from tickets where tickets.id = t.id and ${matchesDocs(words)}${number === undefined ? sql`` : sql` and tickets.number <> ${number}::bigint`} offset 0) matching limit ${wanted}`;
  return sql`tried as materialized (${firstOf(plan, foundBy(plan, wanted), wanted)}),
    met as materialized (${met('tried')}),
    further as materialized (${firstOf(plan, foundBy(plan, further, isCommon), further)}),
    met_further as materialized (${met('further')}),
    hits as materialized (${matchingTickets(words)} and not (${isFull}) group by d.ticket_id),
    shown as materialized (${HITS_AND_TARGETS}),
    page as materialized (${firstOf(plan, [sql`select * from met`, sql`select * from met_further`, rowsOf(plan, HITS, wanted), ...top, ...asked], wanted)})`;
}

/** What `ticket_page` asks of a ticket beside what leads to it, in the order of its arguments. */
const ASKED = ['statusCategory', 'status', 'priority', 'channel', 'visibility'] as const;

/**
 * The rows of all branches, none of which is begun unless `when`; those of a usual list by a function, because to plan so
 * many costs more than to run them.
 */
function foundBy(plan: ListPlan & { and?: SQL }, limit: number, when = sql.raw('true')): SQL[] {
  const lead = leadOf(plan.filter);
  const usual = usualPage(plan, lead, limit);
  if (usual !== undefined) return [sql`(${usual} where ${when})`];
  return lead.branches.map((branch) =>
    rowsOf(plan, { ...branch, when: sql`${branch.when ?? sql.raw('true')} and ${when}` }, limit),
  );
}

/** `undefined` where something is asked that `ticket_page` does not know. */
function usualPage(plan: ListPlan & { and?: SQL }, { ways, keys, by }: Lead, limit: number): SQL | undefined {
  const { filter, after, and } = plan;
  const activity = activityOf(plan);
  const ofNobody = ways?.[0] === 'unassigned';
  const all = filter.scope === 'visible' || filter.scope === 'all' ? 'scope' : by;
  const known: readonly (string | undefined)[] = [...ASKED, by, all, 'tag', 'merged', 'sort', 'q', 'deleted'];
  const knowsAll = Object.entries(filter).every(([name, value]) => value === undefined || known.includes(name));
  const isUsual = filter.sort === '-lastActivity' && and === undefined && knowsAll;
  if (ways === undefined || !isUsual || (ofNobody && activity !== 'active')) return undefined;
  const asked = ASKED.map((name) =>
    name === 'status'
      ? sql`${filter.status === undefined ? null : sql.param(uuidsOf('tstat', filter.status))}::uuid[]`
      : sql`${filter[name] === undefined ? null : sql.param([...filter[name]])}::text[]`,
  );
  const [at, id] = Array.isArray(after) ? after : [];
  const place =
    at === undefined
      ? sql`'infinity', ${LAST_ID}`
      : sql`${new Date(Number(at)).toISOString()}::timestamptz, ${String(id)}::uuid`;
  return sql`select p.ticket_id as id, p.at as s1, false as top from auth cross join lateral public.ticket_page(auth,
    ${sql.raw(`'{${ways.join()}}'`)}, ${keys ?? sql.raw('null')}, ${sql.raw(HALVES[activity])}, ${sql.raw(String(ofNobody))},
    ${sql.join(asked, sql.raw(', '))}, ${filter.tag === undefined ? sql.raw('null') : tagsNamed(filter.tag)}, ${sql.raw(filter.merged === 'any' ? 'null' : String(filter.merged ?? false))}, ${place}, ${limit}) p`;
}

const LAST_ID = sql.raw(`'ffffffff-ffff-ffff-ffff-ffffffffffff'`);
const HALVES = { active: `'{t}'`, done: `'{f}'`, both: `'{t,f}'` } as const;

const firstOf = ({ filter }: ListPlan, branches: readonly SQL[], limit: number): SQL => sql`
  select * from (select distinct * from (${sql.join([...branches], sql.raw(' union all '))}) found) page
  order by ${sql.join(pageOrder({ filter }), sql.raw(', '))} limit ${limit}`;

/** The order of `page`, for what is joined with it. */
export const pageOrder = ({ filter }: Pick<ListPlan, 'filter'>): SQL[] => {
  const sort = SORTS[filter.sort];
  return [
    sql.raw('page.top desc'),
    ...sortNames(sort).map((name) => sql.raw(`page.${name} ${orderOf(sort.direction)}`)),
    sql.raw(`page.id ${sort.direction}`),
  ];
};

/** What has no instant stands last. */
const orderOf = (direction: 'asc' | 'desc'): string => (direction === 'asc' ? 'asc nulls last' : 'desc');

// Behind a case, the arms are a filter and nothing that the planner weighs against every index.
const IN_SIGHT = fixed(sql`case when ${visibleToRow('auth')} then true end`);
const IN_TRASH = fixed(sql`case when ${inTrashOfRow('auth')} then true end`);

/** All tickets in the order that is asked for, no further than this for whoever does not see all of them. */
const WALKED: Branch = { on: sql.raw('true'), first: sql.raw('case when auth.all_ws then null else 4000 end') };
/** All that is in sight, found as a list in the usual order would find its first page, since no index has it in another. */
const allInSight = (plan: ListPlan): Branch => ({
  whole: sql`public.ticket_page(auth, '{sight}', null, ${sql.raw(HALVES[activityOf(plan)])}, false, null, null, null, null, null, null, null,
    'infinity', ${LAST_ID}, ${sql.raw(String(ALL))}) p`,
  on: sql.raw('tickets.id = p.ticket_id'),
});
const ALL = 100_000_000;
const NUMBERED = (number: number): Branch => ({ on: sql`tickets.number = ${number}::bigint`, whole: true });
const HITS: Branch = {
  whole: sql.raw('shown'),
  on: fixed(sql`tickets.id = shown.ticket_id and (shown.surely or ${commentsOn()})`),
};

/** Only active tickets, only others, or both. */
function activityOf({ filter }: ListPlan): 'active' | 'done' | 'both' {
  const { statusCategory, scope } = filter;
  if (scope === 'unassigned' || SORTS[filter.sort].activeOnly) return 'active';
  if (statusCategory === undefined) return 'both';
  const active = statusCategory.filter((category) => (ACTIVE_CATEGORIES as readonly string[]).includes(category));
  return active.length === statusCategory.length ? 'active' : active.length === 0 ? 'done' : 'both';
}

/** What a list is led by: as branches, and where `ticket_page` knows them, as its ways and their keys. */
interface Lead {
  branches: Branch[];
  ways?: readonly string[];
  keys?: SQL;
  /** The filter that it makes true. */
  by?: keyof TicketFilter;
}

/** The narrowest way to the tickets that are asked for: somebody or something named, a lens, or all in sight. */
function leadOf(filter: TicketFilter): Lead {
  const named = (values: readonly string[] | undefined): values is string[] =>
    values !== undefined && !values.includes('none');
  const whole = (on: SQL): Branch => ({ on, whole: true });
  if (filter.deleted === true) return { branches: [whole(sql.raw('true'))] };
  const { requester, requesterEmail, assignee, inbox, team, organization, scope } = filter;
  const nobody = assignee?.join() === 'none';
  if (named(requester)) {
    const people = [...uuidsOf('contact', requester), ...uuidsOf('prin', requester)];
    return keyed('requester', ['requester_contact_id', 'requester_principal_id'], sql`${sql.param(people)}::uuid[]`);
  }
  if (requesterEmail !== undefined) return { branches: [whole(askedBy(requesterEmail))] };
  if (named(assignee)) {
    const me = assignee.includes('me') ? ' || auth.holder_id' : '';
    return keyed('assignee', ['assignee_principal_id'], sql`(${uuids('prin', assignee)}${sql.raw(me)})`);
  }
  if (scope === 'mine') return keyed('scope', ['assignee_principal_id'], sql.raw('auth.me'));
  if (named(inbox)) return keyed('inbox', ['inbox_id'], uuids('inbox', inbox));
  if (named(team)) {
    const mine = team.includes('myTeams') ? ' || auth.my_teams' : '';
    return keyed('team', TEAMS, sql`(${uuids('team', team)}${sql.raw(mine)})`);
  }
  if (named(organization)) return keyed('organization', ['organization_id'], uuids('org', organization));
  if (scope === 'team') return keyed('scope', TEAMS, sql.raw('auth.my_teams'));
  if (scope === 'inbox') return keyed('scope', ['inbox_id'], sql.raw('(auth.my_inboxes || auth.my_view_inboxes)'));
  if (scope === 'shared') return { branches: [SHARED], ways: [scope], keys: sql.raw('auth.share_teams'), by: 'scope' };
  if (scope === 'participating')
    return { branches: [PARTICIPATING], ways: [scope], keys: sql.raw('auth.me'), by: 'scope' };
  if (nobody || scope === 'unassigned')
    return { branches: sightBranches(true), ways: ['unassigned'], by: nobody ? 'assignee' : 'scope' };
  return { branches: sightBranches(false), ways: ['sight'], by: 'scope' };
}

const TEAMS = ['primary_team_id', 'assignee_team_id'];

const uuids = (prefix: Prefix, values: readonly string[]): SQL => sql`${sql.param(uuidsOf(prefix, values))}::uuid[]`;

const keyed = (by: keyof TicketFilter, ways: readonly string[], keys: SQL): Lead => ({
  by,
  ways,
  keys,
  branches: ways.map((column) => ({ keys, on: sql.raw(`tickets.${column} = k.id`) })),
});

function rowsOf(
  plan: ListPlan & { and?: SQL },
  { when, keys, on, whole, nullColumn, first }: Branch,
  limit: number,
  top = false,
): SQL {
  const { filter, after, and } = plan;
  const sort = SORTS[filter.sort];
  const activity = activityOf(plan);
  // Only the indexes of activity begin with it; another order would be read in two halves for nothing.
  const halves = activity === 'both' && sort.byActivity && whole === undefined;
  const isDeleted = filter.deleted === true;
  const lens = filter.scope === undefined ? undefined : LENSES[filter.scope];
  const lead = sql`${on} and tickets.deleted_at is ${sql.raw(isDeleted ? 'not null' : 'null')}`;
  const active =
    activity === 'both' ? [] : [sql.raw(activity === 'active' ? 'tickets.is_active' : 'not tickets.is_active')];
  const behind = Array.isArray(after) ? [afterPlace(sort, after)] : [];
  const conditions = [
    ...(whole === undefined && first === undefined ? [lead] : [sql.raw('true')]),
    ...active,
    ...(halves ? [sql.raw('tickets.is_active = act.v')] : []),
    isDeleted ? IN_TRASH : IN_SIGHT,
    ...(lens === undefined ? [] : [sql.raw(lens)]),
    ...filterConditions(top ? { ...filter, merged: filter.merged ?? 'any' } : filter),
    ...(and === undefined ? [] : [and]),
    ...(plan.words?.number === undefined || top ? [] : [sql`tickets.number <> ${plan.words.number}::bigint`]),
    ...behind,
  ];
  const comma = sql.raw(', ');
  const names = sortNames(sort);
  const columns = sql.join(
    sort.keys.map(({ column }, i) => sql`${column} as ${sql.raw(String(names[i]))}`),
    comma,
  );
  const orderBy = (keys: readonly SQL[]): SQL =>
    sql.join(
      [
        ...(nullColumn === undefined
          ? []
          : [sql`${nullColumn} ${sql.raw(sort.direction === 'desc' ? 'asc' : 'desc')}`]),
        ...keys.map((key) => sql`${key} ${sql.raw(orderOf(sort.direction))}`),
        sql.raw(`tickets.id ${sort.direction}`),
      ],
      comma,
    );
  const order = orderBy(sort.keys.map(({ column }) => column));
  // What has come in order is known to be so by the names of its columns alone.
  const inOrder = sql.raw(names.map((name) => `tickets.${name}`).join());
  // `offset` is a fence: the planner would walk all tickets in order rather than sort these.
  const fence =
    first === undefined
      ? sql.raw('offset 0')
      : sql`${sql.join([sql.raw(''), ...active, ...behind], sql.raw(' and '))} order by ${order} limit ${first}`;
  const from =
    whole === undefined && first === undefined
      ? sql.raw('tickets')
      : sql`${whole instanceof SQL ? sql`${whole} cross join` : sql.raw('')} lateral (select *${first === undefined ? sql.raw('') : sql`, ${columns}`} from tickets where ${lead} ${fence}) tickets`;
  return sql`(select b.* from auth
    ${keys === undefined ? sql.raw('') : sql`cross join lateral (select distinct unnest(${keys}) as id) k`}
    ${sql.raw(halves ? 'cross join (values (true), (false)) act (v)' : '')}
    cross join lateral (
      select tickets.id, ${first === undefined ? columns : inOrder}, ${sql.raw(String(top))} as top from ${from}
      where ${sql.join(conditions, sql.raw(' and '))}
      order by ${first === undefined ? order : orderBy(names.map((name) => sql.raw(`tickets.${name}`)))} limit ${limit}) b
    where ${when ?? sql.raw('true')})`;
}
