import { type SQL, sql } from 'drizzle-orm';
import type { TicketFilter } from '#schema/api/ticket-filter.ts';
import { inTrashOfRow, visibleToRow } from '#services/access/visible.ts';
import { fixed } from '#services/kernel/query.ts';
import type { SearchWords } from '#services/search/search-words.ts';
import { boundsIn, filterConditions } from './list-filters.ts';
import { activityOf } from './list-lead.ts';
import { afterPlace, SORTS, sortNames } from './list-sorts.ts';

/** What a list is read by: its filter, the words looked for, and how far. */
export interface ListPlan {
  filter: TicketFilter;
  words: SearchWords | undefined;
  /** The last row of the page before; `top` when that was the one whose number was asked for. */
  after: readonly unknown[] | 'top' | undefined;
  limit: number;
}

/** Where rows of `tickets` come from, beside a row of `auth`. */
export interface Source {
  /** Whether it is read at all. */
  when?: SQL;
  /** A relation that names them: they are read whole and sorted. Without one, all are read in the order of the list. */
  named?: SQL;
  on: SQL;
  /** Only so many of all are looked at, of each half of activity; null for no end. */
  first?: SQL;
  /** What is asked beside the filter. */
  and?: readonly SQL[];
  isTop?: true;
}

const LENSES: Readonly<Record<NonNullable<TicketFilter['scope']>, string | undefined>> = {
  visible: undefined,
  all: undefined,
  mine: 'tickets.assignee_principal_id = any (auth.me)',
  team: '(tickets.primary_team_id = any (auth.my_teams) or tickets.assignee_team_id = any (auth.my_teams))',
  unassigned: 'tickets.assignee_principal_id is null and tickets.is_active',
  inbox: 'tickets.inbox_id = any (auth.my_inboxes || auth.my_view_inboxes)',
  shared:
    'exists (select from ticket_shares s where s.ticket_id = tickets.id and s.revoked_at is null and s.team_id = any (auth.share_teams))',
  participating:
    'exists (select from ticket_participants p where p.ticket_id = tickets.id and p.principal_id = any (auth.me))',
};

// Behind a case, the arms are a filter and nothing that the planner weighs against every index.
const IN_SIGHT = fixed(sql`case when ${visibleToRow('auth')} then true end`);
const IN_TRASH = fixed(sql`case when ${inTrashOfRow('auth')} then true end`);

const AND = sql.raw(' and ');
const COMMA = sql.raw(', ');

/** The conditions of filters and lens, and that a ticket is not the one whose number is asked for: that one stands on top. */
export function asked(filter: Partial<TicketFilter>, words: SearchWords | undefined): SQL[] {
  const lens = filter.scope === undefined ? undefined : LENSES[filter.scope];
  return [
    ...(lens === undefined ? [] : [sql.raw(lens)]),
    ...filterConditions(filter),
    ...(words?.number === undefined ? [] : [sql`tickets.number <> ${words.number}::bigint`]),
  ];
}

/** The first tickets of a source that are in sight, or in the trash, and are what is asked for, in order: `id`, `s1`…, `top`. */
export function rowsOf(plan: ListPlan, { when, named, on, first, and = [], isTop }: Source, limit: number): SQL {
  const { filter, after, words } = plan;
  const sort = SORTS[filter.sort];
  const isDeleted = filter.deleted === true;
  const activity = activityOf(filter);
  // Only the indexes of activity begin with it; another order would be read in two halves for nothing.
  const halves = named === undefined && activity === 'both' && sort.byActivity === true;
  const live = [
    on,
    sql.raw(`tickets.deleted_at is ${isDeleted ? 'not null' : 'null'}`),
    ...(activity === 'both' ? [] : [sql.raw(activity === 'active' ? 'tickets.is_active' : 'not tickets.is_active')]),
    ...(halves ? [sql.raw('tickets.is_active = act.v')] : []),
    ...(Array.isArray(after) ? [afterPlace(sort, after)] : []),
    ...boundsIn(filter.sort, filter),
  ];
  const names = sortNames(sort);
  const columns = sql.join(
    sort.keys.map(({ column }, i) => sql`${column} as ${sql.raw(String(names[i]))}`),
    COMMA,
  );
  const order = orderBy(
    sort.direction,
    sort.keys.map(({ column }) => column),
  );
  // What has come in order is known to be so by the names of its columns alone. `offset` is a fence: the planner would walk
  // all tickets in order rather than sort these.
  const inOrder = names.map((name) => sql.raw(`tickets.${name}`));
  const end = named === undefined ? sql`order by ${order} limit ${first ?? sql.raw('null')}` : sql.raw('offset 0');
  const conditions = [
    isDeleted ? IN_TRASH : IN_SIGHT,
    ...asked(isTop ? { ...filter, merged: filter.merged ?? 'any' } : filter, isTop ? undefined : words),
    ...and,
  ];
  return sql`(select b.* from auth
    ${sql.raw(halves ? 'cross join (values (true), (false)) act (v)' : '')}
    cross join lateral (
      select tickets.id, ${sql.join(inOrder, COMMA)}, ${sql.raw(String(isTop === true))} as top
      from ${named === undefined ? sql.raw('') : sql`${named} cross join`} lateral (
        select *, ${columns} from tickets where ${sql.join(live, AND)} ${end}) tickets
      where ${sql.join(conditions, AND)}
      order by ${orderBy(sort.direction, inOrder)} limit ${limit}) b
    where ${when ?? sql.raw('true')})`;
}

const orderBy = (direction: 'asc' | 'desc', keys: readonly SQL[]): SQL =>
  sql.join(
    [...keys.map((key) => sql`${key} ${sql.raw(orderOf(direction))}`), sql.raw(`tickets.id ${direction}`)],
    COMMA,
  );

/** What has no instant stands last. */
const orderOf = (direction: 'asc' | 'desc'): string => (direction === 'asc' ? 'asc nulls last' : 'desc');

/** The order of `page`, for what is joined with it. */
export const pageOrder = ({ filter }: Pick<ListPlan, 'filter'>): SQL[] => {
  const sort = SORTS[filter.sort];
  return [
    sql.raw('page.top desc'),
    ...sortNames(sort).map((name) => sql.raw(`page.${name} ${orderOf(sort.direction)}`)),
    sql.raw(`page.id ${sort.direction}`),
  ];
};

/** Rows of several selects, each ticket once, in order, and cut. */
export const firstOf = (plan: Pick<ListPlan, 'filter'>, selects: readonly SQL[], limit: number | SQL): SQL => sql`
  select * from (select distinct * from (${sql.join([...selects], sql.raw(' union all '))}) found) page
  order by ${sql.join(pageOrder(plan), COMMA)} limit ${limit}`;
