import { type SQL, sql } from 'drizzle-orm';
import type { TicketFilter } from '#schema/api/ticket-filter.ts';
import { ACTIVE_CATEGORIES } from '#schema/values.ts';
import { commentsOn } from '#services/access/reads-message.ts';
import { type Branch, PARTICIPATING, SHARED, sightBranches } from '#services/access/sight-branches.ts';
import { inTrashOfRow, visibleToRow } from '#services/access/visible.ts';
import { fixed } from '#services/kernel/query.ts';
import { HITS_AND_TARGETS, matchesDocs, matchingTickets } from '#services/search/matching-docs.ts';
import type { SearchWords } from '#services/search/search-words.ts';
import { askedBy, filterConditions, uuidsOf } from './list-filters.ts';
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

/** How many tickets in order are tried before the index of words is asked, for each ticket that is wanted. */
const TRIED_PER_ROW = 4;

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
    const branches = branchesOf(filter).map((branch) => rowsOf(matching, branch, wanted));
    return sql`page as materialized (${firstOf(plan, [...branches, ...top, ...asked], wanted)})`;
  }
  // A common word is soon met on the way, a rare one is soon read out of its index; neither way is good for the other.
  const tried = wanted * TRIED_PER_ROW;
  const onTheWay = branchesOf(filter).map((branch) => rowsOf(plan, branch, tried));
  return sql`tried as materialized (${firstOf(plan, onTheWay, tried)}),
    met as materialized (select tried.* from tried join tickets on tickets.id = tried.id where case when ${matchesDocs(words)} then true end),
    hits as materialized (${matchingTickets(words)} and (select count(*) from met) < ${wanted} group by d.ticket_id),
    shown as materialized (${HITS_AND_TARGETS}),
    page as materialized (${firstOf(plan, [sql`select * from met`, rowsOf(plan, HITS, wanted), ...top, ...asked], wanted)})`;
}

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

/** The narrowest way to the tickets that are asked for: somebody or something named, a lens, or all in sight. */
function branchesOf(filter: TicketFilter): Branch[] {
  if (filter.deleted === true) return [{ on: sql.raw('true'), whole: true }];
  const byIds = (values: readonly string[], column: string): Branch => ({
    keys: sql`${sql.param(values)}::uuid[]`,
    on: sql.raw(`tickets.${column} = k.id`),
  });
  if (filter.requester !== undefined && !filter.requester.includes('none'))
    return [
      { ...byIds(uuidsOf('contact', filter.requester), 'requester_contact_id'), whole: true },
      { ...byIds(uuidsOf('prin', filter.requester), 'requester_principal_id'), whole: true },
    ];
  if (filter.requesterEmail !== undefined) return [{ on: askedBy(filter.requesterEmail), whole: true }];
  if (filter.assignee !== undefined && !filter.assignee.includes('none')) {
    const me = filter.assignee.includes('me') ? [eachOf('array[auth.holder_id]', 'assignee_principal_id')] : [];
    return [byIds(uuidsOf('prin', filter.assignee), 'assignee_principal_id'), ...me];
  }
  if (filter.scope === 'mine') return [eachOf('auth.me', 'assignee_principal_id')];
  if (filter.inbox !== undefined && !filter.inbox.includes('none'))
    return [byIds(uuidsOf('inbox', filter.inbox), 'inbox_id')];
  if (filter.team !== undefined && !filter.team.includes('none')) {
    const teams = uuidsOf('team', filter.team);
    const mine = filter.team.includes('myTeams') ? TEAM_LENS : [];
    return [byIds(teams, 'primary_team_id'), byIds(teams, 'assignee_team_id'), ...mine];
  }
  if (filter.organization !== undefined && !filter.organization.includes('none'))
    return [byIds(uuidsOf('org', filter.organization), 'organization_id')];
  if (filter.scope === 'team') return TEAM_LENS;
  if (filter.scope === 'inbox') return [eachOf('auth.my_inboxes || auth.my_view_inboxes', 'inbox_id')];
  if (filter.scope === 'shared') return [SHARED];
  if (filter.scope === 'participating') return [PARTICIPATING];
  return sightBranches(filter.scope === 'unassigned' || filter.assignee?.join() === 'none');
}

const eachOf = (keys: string, column: string): Branch => ({
  keys: sql.raw(keys),
  on: sql.raw(`tickets.${column} = k.id`),
});
const TEAM_LENS = [eachOf('auth.my_teams', 'primary_team_id'), eachOf('auth.my_teams', 'assignee_team_id')];

function rowsOf(
  plan: ListPlan & { and?: SQL },
  { when, keys, on, whole, nullColumn }: Branch,
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
  const conditions = [
    ...(whole === undefined ? [lead] : [sql.raw('true')]),
    ...(activity === 'both' ? [] : [sql.raw(activity === 'active' ? 'tickets.is_active' : 'not tickets.is_active')]),
    ...(halves ? [sql.raw('tickets.is_active = act.v')] : []),
    isDeleted ? IN_TRASH : IN_SIGHT,
    ...(lens === undefined ? [] : [sql.raw(lens)]),
    ...filterConditions(filter),
    ...(and === undefined ? [] : [and]),
    ...(plan.words?.number === undefined || top ? [] : [sql`tickets.number <> ${plan.words.number}::bigint`]),
    ...(Array.isArray(after) ? [afterPlace(sort, after)] : []),
  ];
  // `offset` is a fence: the planner would walk all tickets in order rather than sort these.
  const from =
    whole === undefined
      ? sql.raw('tickets')
      : sql`${whole === true ? sql.raw('') : sql`${whole} cross join`} lateral (select * from tickets where ${lead} offset 0) tickets`;
  const columns = sort.keys.map(({ column }, i) => sql`${column} as ${sql.raw(`s${i + 1}`)}`);
  const order = [
    ...(nullColumn === undefined ? [] : [sql`${nullColumn} ${sql.raw(sort.direction === 'desc' ? 'asc' : 'desc')}`]),
    ...sort.keys.map(({ column }) => sql`${column} ${sql.raw(orderOf(sort.direction))}`),
    sql.raw(`tickets.id ${sort.direction}`),
  ];
  const comma = sql.raw(', ');
  return sql`(select b.* from auth
    ${keys === undefined ? sql.raw('') : sql`cross join lateral (select distinct unnest(${keys}) as id) k`}
    ${sql.raw(halves ? 'cross join (values (true), (false)) act (v)' : '')}
    cross join lateral (
      select tickets.id, ${sql.join(columns, comma)}, ${sql.raw(String(top))} as top from ${from}
      where ${sql.join(conditions, sql.raw(' and '))}
      order by ${sql.join(order, comma)} limit ${limit}) b
    where ${when ?? sql.raw('true')})`;
}
