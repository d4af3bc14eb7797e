import { type SQL, sql } from 'drizzle-orm';
import type { SLA_STATES, TicketFilter } from '#schema/api/ticket-filter.ts';
import { type Id, idToUuid, isId, type Prefix } from '#schema/ids.ts';
import { heldEverywhere } from '#services/access/held-everywhere.ts';
import type { TagName } from './ticket-tags.ts';

type Instants = 'createdAt' | 'activityAt' | 'solvedAt';

/**
 * The conditions of a list of tickets over `tickets`, beside a row of `auth` that is in scope. Those that lists are led by
 * stand behind a case, where the planner does not take them for another way to the same rows.
 */
export function filterConditions(filter: Partial<TicketFilter>): SQL[] {
  const given = [
    oneOf('status_category', filter.statusCategory),
    oneOf('priority', filter.priority),
    oneOf('channel', filter.channel),
    oneOf('visibility', filter.visibility),
    ids('status_id', 'tstat', filter.status),
    // On its own it is what the indexes of unassigned tickets hold, so it stands where the planner sees it.
    filter.assignee?.join() === 'none' ? sql.raw('tickets.assignee_principal_id is null') : undefined,
    anyOf([
      ids('assignee_principal_id', 'prin', filter.assignee),
      has(filter.assignee, 'me', 'tickets.assignee_principal_id = auth.holder_id'),
      has(filter.assignee, 'none', 'tickets.assignee_principal_id is null'),
    ]),
    anyOf([
      ids('primary_team_id', 'team', filter.team),
      ids('assignee_team_id', 'team', filter.team),
      has(
        filter.team,
        'myTeams',
        '(tickets.primary_team_id = any (auth.my_teams) or tickets.assignee_team_id = any (auth.my_teams))',
      ),
      has(filter.team, 'none', 'tickets.primary_team_id is null and tickets.assignee_team_id is null'),
    ]),
    anyOf([ids('inbox_id', 'inbox', filter.inbox), has(filter.inbox, 'none', 'tickets.inbox_id is null')]),
    anyOf([
      filter.organization && sql`tickets.organization_id = any (${withMerged('org', filter.organization)})`,
      has(filter.organization, 'none', 'tickets.organization_id is null'),
    ]),
    anyOf([
      filter.requester && sql`tickets.requester_contact_id = any (${withMerged('contact', filter.requester)})`,
      ids('requester_principal_id', 'prin', filter.requester),
      has(filter.requester, 'none', 'tickets.requester_contact_id is null and tickets.requester_principal_id is null'),
    ]),
    filter.requesterEmail === undefined ? undefined : askedBy(filter.requesterEmail),
    filter.tag && tagged(filter.tag),
    filter.notTag && sql`not ${tagged(filter.notTag)}`,
    ...within(filter, 'createdAt', 'created_at'),
    ...within(filter, 'activityAt', 'last_activity_at'),
    ...within(filter, 'solvedAt', 'solved_at'),
    holds(filter.needsResponse, '(tickets.is_active and tickets.customer_waiting_since is not null)'),
    filter.slaState && anyOf(filter.slaState.map((state) => sql.raw(SLA[state]))),
    ...dueBefore(filter),
    mergedIs(filter.merged),
    ...Object.entries(filter).map(([name, value]) =>
      name.startsWith('field.') ? fieldIs(name.slice('field.'.length), String(value)) : undefined,
    ),
  ];
  return given.filter((condition) => condition !== undefined);
}

const openClock = (more = ''): string =>
  `exists (select from ticket_sla_clocks c where c.ticket_id = tickets.id and c.track = 'customer' and c.state in ('running', 'paused')${more})`;

const SLA: Readonly<Record<(typeof SLA_STATES)[number], string>> = {
  breached: openClock(' and c.breached_at is not null'),
  running: openClock(` and c.state = 'running'`),
  paused: `(${openClock(` and c.state = 'paused'`)} and not ${openClock(` and c.state = 'running'`)})`,
  none: `not ${openClock()}`,
};

const oneOf = (column: string, values: readonly string[] | undefined): SQL | undefined =>
  values && sql`${sql.raw(`tickets.${column}`)} = any (${sql.param([...values])}::text[])`;

/** As an array of uuids; words such as `none` left out. */
export const uuidsOf = (prefix: Prefix, values: readonly string[] = []): string[] =>
  values.filter((value) => isId(prefix, value)).map((id) => idToUuid(id as Id));

function ids(column: string, prefix: Prefix, values: readonly string[] | undefined): SQL | undefined {
  const uuids = uuidsOf(prefix, values);
  return uuids.length === 0 ? undefined : sql`${sql.raw(`tickets.${column}`)} = any (${sql.param(uuids)}::uuid[])`;
}

const TABLES = { contact: 'contacts', org: 'organizations' } as const;

/** Those that are named and all that were merged into them, as an array: their tickets may not have moved yet. */
export function withMerged(prefix: keyof typeof TABLES, values: readonly string[]): SQL {
  const [table, named] = [sql.raw(TABLES[prefix]), sql.param(uuidsOf(prefix, values))];
  return sql`array(select n.id from ${table} n where n.id = any (${named}::uuid[])
    union all select m.id from ${table} m where m.merged_into_id = any (${named}::uuid[]))`;
}

const has = (values: readonly string[] | undefined, word: string, condition: string): SQL | undefined =>
  values?.includes(word) ? sql.raw(`(${condition})`) : undefined;

const holds = (wanted: boolean | undefined, condition: string): SQL | undefined =>
  wanted === undefined ? undefined : sql.raw(wanted ? condition : `not ${condition}`);

/** A merged ticket is read at its target, so lists leave it out if nobody asks for it. */
const mergedIs = (wanted: TicketFilter['merged'] = false): SQL | undefined =>
  wanted === 'any' ? undefined : holds(wanted, '(tickets.merged_into_id is not null)');

function anyOf(conditions: readonly (SQL | undefined)[]): SQL | undefined {
  const some = conditions.filter((condition) => condition !== undefined);
  return some.length === 0 ? undefined : sql`case when ${sql.join(some, sql.raw(' or '))} then true end`;
}

const ENDS = { gte: '>=', gt: '>', lt: '<', lte: '<=' } as const;

const within = (filter: Partial<TicketFilter>, name: Instants, column: string): SQL[] =>
  (Object.keys(ENDS) as (keyof typeof ENDS)[]).flatMap((end) => {
    const at = filter[`${name}[${end}]`];
    return at === undefined ? [] : sql`${sql.raw(`tickets.${column} ${ENDS[end]}`)} ${at}::timestamptz`;
  });

const tagged = (named: readonly TagName[]): SQL =>
  sql`exists (select from ticket_tag_links l where l.ticket_id = tickets.id and l.tag_id = any (${tagsNamed(named)}))`;

/** The ids of tags that are given by id or name, as an array. */
export const tagsNamed = (named: readonly TagName[]): SQL => sql`array(
  select g.id from ticket_tags g where g.id = any (${sql.param(uuidsOf('ttag', named))}::uuid[]) or g.name = any (${sql.param(named.filter((each) => !isId('ttag', each)))}::text[]))`;

/** The requester has this address; known only to those who see contacts, so that nobody finds out by trying. */
const askedBy = (email: string): SQL =>
  sql`(tickets.requester_contact_id = any (${whoHas(email)}) or tickets.requester_principal_id = any (${whoHas(email)}))`;

/** Contacts and logins with an address, as an array; none for whoever may not see contacts. */
export const whoHas = (email: string): SQL => sql`(case when ${heldEverywhere('org.view')} then array(
  select e.contact_id from contact_emails e where e.active and e.email = lower(${email}::text)
  union all select p.id from principal p join "user" u on u.id = p.user_id where u.email = lower(${email}::text)) else '{}' end)`;

/**
 * Tickets by an index that holds one of the filters, as a select of `ticket_id` to which conditions can be added; undefined
 * where no index holds any.
 */
export function narrowBy(filter: TicketFilter): SQL | undefined {
  const field = Object.entries(filter).find(([name, value]) => name.startsWith('field.') && value !== 'none');
  if (field !== undefined)
    return sql`select tickets.id as ticket_id from tickets where tickets.deleted_at is null and ${fieldIs(field[0].slice('field.'.length), String(field[1]))}`;
  if (filter.slaState?.join() === 'breached')
    return sql.raw(
      `select distinct c.ticket_id from ticket_sla_clocks c where c.track = 'customer' and c.breached_at is not null and c.state in ('running', 'paused')`,
    );
  if ((filter['createdAt[gte]'] ?? filter['createdAt[gt]']) === undefined) return undefined;
  return sql`select tickets.id as ticket_id from tickets where ${sql.join([sql.raw('tickets.deleted_at is null'), ...boundsIn('created', filter)], sql.raw(' and '))}`;
}

/** What the filter says of the very instants that a list is ordered by: where its index is to be read. */
export function boundsIn(sort: TicketFilter['sort'], filter: Partial<TicketFilter>): SQL[] {
  if (sort === 'slaDue') return dueBefore(filter);
  if (sort === 'created' || sort === '-created') return within(filter, 'createdAt', 'created_at');
  return sort === 'lastActivity' ? within(filter, 'activityAt', 'last_activity_at') : [];
}

const dueBefore = ({ dueBefore: at }: Partial<TicketFilter>): SQL[] =>
  at === undefined ? [] : [sql`tickets.sla_next_due_at < ${at}::timestamptz`];

/** By the text of the value, whatever the type of the field: the statement stands before its definition is read. */
function fieldIs(key: string, text: string): SQL {
  if (text === 'none') return sql`not tickets.custom_fields ? ${key}`;
  const values: unknown[] = [text, [text]];
  if (text === 'true' || text === 'false') values.push(text === 'true');
  if (/^-?\d{1,15}$/.test(text)) values.push(Number(text));
  return sql`(${sql.join(
    values.map((value) => sql`tickets.custom_fields @> ${JSON.stringify({ [key]: value })}::jsonb`),
    sql.raw(' or '),
  )})`;
}
