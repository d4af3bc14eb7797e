import { type SQL, sql } from 'drizzle-orm';
import type { TicketFilter } from '#schema/api/ticket-filter.ts';
import type { Prefix } from '#schema/ids.ts';
import { ACTIVE_CATEGORIES } from '#schema/values.ts';
import { tagsNamed, uuidsOf, whoHas, withMerged } from './list-filters.ts';
import { SORTS } from './list-sorts.ts';

/** What leads to the tickets of a list, in the words of `ticket_page`. */
export interface Lead {
  ways: readonly string[];
  keys?: SQL;
  /** The filters that it makes true. */
  by: readonly (keyof TicketFilter)[];
}

type Place = 'start' | readonly unknown[];

/** So many are all. */
export const ALL = 100_000_000;

const HALVES = { active: `'{t}'`, done: `'{f}'`, both: `'{t,f}'` } as const;
const TEAMS = ['primary_team_id', 'assignee_team_id'];
const REQUESTERS = ['requester_contact_id', 'requester_principal_id'];

/** Only active tickets, only others, or both. */
export function activityOf({ statusCategory, scope, sort }: TicketFilter): keyof typeof HALVES {
  if (scope === 'unassigned' || SORTS[sort].activeOnly) return 'active';
  if (statusCategory === undefined) return 'both';
  const active = statusCategory.filter((category) => (ACTIVE_CATEGORIES as readonly string[]).includes(category));
  return active.length === statusCategory.length ? 'active' : active.length === 0 ? 'done' : 'both';
}

/** The narrowest way to the tickets that are asked for: somebody or something named, a lens, or all in sight. */
export function leadOf(filter: TicketFilter): Lead {
  const { requesterEmail, scope } = filter;
  const [requester, assignee, inbox, team, organization] = [
    named(filter.requester),
    named(filter.assignee),
    named(filter.inbox),
    named(filter.team),
    named(filter.organization),
  ];
  if (requester !== undefined) {
    const people = sql`(${withMerged('contact', requester)} || ${uuids('prin', requester)})`;
    return { ways: REQUESTERS, keys: people, by: ['requester'] };
  }
  if (requesterEmail !== undefined) return { ways: REQUESTERS, keys: whoHas(requesterEmail), by: ['requesterEmail'] };
  if (assignee !== undefined) {
    const me = assignee.includes('me') ? ' || auth.holder_id' : '';
    return {
      ways: ['assignee_principal_id'],
      keys: sql`(${uuids('prin', assignee)}${sql.raw(me)})`,
      by: ['assignee'],
    };
  }
  if (scope === 'mine') return { ways: ['assignee_principal_id'], keys: sql.raw('auth.me'), by: ['scope'] };
  if (inbox !== undefined) return { ways: ['inbox_id'], keys: uuids('inbox', inbox), by: ['inbox'] };
  if (team !== undefined) {
    const mine = team.includes('myTeams') ? ' || auth.my_teams' : '';
    return { ways: TEAMS, keys: sql`(${uuids('team', team)}${sql.raw(mine)})`, by: ['team'] };
  }
  if (organization !== undefined)
    return { ways: ['organization_id'], keys: withMerged('org', organization), by: ['organization'] };
  if (scope === 'team') return { ways: TEAMS, keys: sql.raw('auth.my_teams'), by: ['scope'] };
  if (scope === 'inbox')
    return { ways: ['inbox_id'], keys: sql.raw('(auth.my_inboxes || auth.my_view_inboxes)'), by: ['scope'] };
  if (scope === 'shared') return { ways: [scope], keys: sql.raw('auth.share_teams'), by: ['scope'] };
  if (scope === 'participating') return { ways: [scope], keys: sql.raw('auth.me'), by: ['scope'] };
  const ofNobody = activityOf(filter) === 'active';
  if (ofNobody && scope === 'unassigned') return { ways: [scope], by: ['scope'] };
  if (ofNobody && filter.assignee?.join() === 'none') return { ways: ['unassigned'], by: ['assignee'] };
  return { ways: ['sight'], by: [] };
}

const named = (values: readonly string[] | undefined): readonly string[] | undefined =>
  values?.includes('none') ? undefined : values;

const uuids = (prefix: Prefix, values: readonly string[]): SQL => sql`${sql.param(uuidsOf(prefix, values))}::uuid[]`;

/** What `ticket_page` asks of a ticket beside what leads to it, in the order of its arguments. */
const ASKED = ['statusCategory', 'status', 'priority', 'channel', 'visibility'] as const;
const INSTANTS = ['activityAt[gt]', 'activityAt[gte]', 'activityAt[lt]', 'activityAt[lte]'] as const;
const KNOWN: readonly string[] = [...ASKED, ...INSTANTS, 'tag', 'merged', 'sort', 'q', 'deleted'];

/** The filters that `ticket_page` does not know, and that its lead does not make true. */
export function unknownTo({ by }: Lead, filter: TicketFilter): Partial<TicketFilter> {
  const { scope, ...unknown }: Partial<TicketFilter> = filter;
  for (const name of [...KNOWN, ...by]) delete unknown[name as keyof typeof unknown];
  const isLens = scope !== undefined && scope !== 'visible' && scope !== 'all' && !by.includes('scope');
  return isLens ? { ...unknown, scope } : unknown;
}

/**
 * The first tickets behind a place that the caller sees, last active first, by a function whose plans are kept: to plan a
 * branch for each way costs more than to run them. As rows `p` of `ticket_id` and `at`, beside a row of `auth`.
 */
export function inUsualOrder(filter: TicketFilter, { ways, keys }: Lead, place: Place, limit: number | SQL): SQL {
  const asked = ASKED.map((name) =>
    name === 'status'
      ? sql`${filter.status === undefined ? null : sql.param(uuidsOf('tstat', filter.status))}::uuid[]`
      : sql`${filter[name] === undefined ? null : sql.param([...filter[name]])}::text[]`,
  );
  const [from, since] = boundsOf(filter, place);
  return sql`public.ticket_page(auth,
    ${sql.raw(`'{${ways.join()}}'`)}, ${keys ?? sql.raw('null')}, ${sql.raw(HALVES[activityOf(filter)])}, ${sql.raw(String(ways[0] === 'unassigned'))},
    ${sql.join(asked, sql.raw(', '))}, ${filter.tag === undefined ? sql.raw('null') : tagsNamed(filter.tag)}, ${sql.raw(filter.merged === 'any' ? 'null' : String(filter.merged ?? false))}, ${from}, ${since}, ${limit}) p`;
}

const FIRST_ID = '00000000-0000-0000-0000-000000000000';
const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** Between which places the activity of the filter and the rest of a list lie, both left out. */
function boundsOf(filter: TicketFilter, place: Place): [from: SQL, since: SQL] {
  const bound = (name: (typeof INSTANTS)[number], id: string): [number, string][] =>
    filter[name] === undefined ? [] : [[Date.parse(filter[name]), id]];
  const above: [number, string][] = [
    ...(place === 'start' ? [] : [[Number(place[0]), String(place[1])] as [number, string]]),
    ...bound('activityAt[lt]', FIRST_ID),
    ...bound('activityAt[lte]', LAST_ID),
  ];
  const below = [...bound('activityAt[gt]', LAST_ID), ...bound('activityAt[gte]', FIRST_ID)];
  const order = ([at, id]: [number, string], [other, otherId]: [number, string]): number =>
    at - other || (id < otherId ? -1 : 1);
  const sqlOf = (found: [number, string] | undefined, otherwise: string): SQL =>
    found === undefined ? sql.raw(otherwise) : sql`${new Date(found[0]).toISOString()}::timestamptz, ${found[1]}::uuid`;
  return [
    sqlOf(above.toSorted(order)[0], `'infinity', '${LAST_ID}'`),
    sqlOf(below.toSorted(order).at(-1), `'-infinity', '${FIRST_ID}'`),
  ];
}
