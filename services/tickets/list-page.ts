import { type SQL, sql } from 'drizzle-orm';
import { commentsOn } from '#services/access/reads-message.ts';
import { fixed } from '#services/kernel/query.ts';
import { HITS_AND_TARGETS, matchesDocs, matchingTickets } from '#services/search/matching-docs.ts';
import { boundsIn, narrowBy, whoHas } from './list-filters.ts';
import { ALL, inUsualOrder, type Lead, leadOf, unknownTo } from './list-lead.ts';
import { asked, firstOf, type ListPlan, rowsOf, type Source } from './list-rows.ts';

/** When a page of tickets was not enough, so many times as many are tried as the first told that it takes. */
const AMPLY = 3;
/** No more than this, unless a page is longer; and so many are walked in an order that only all tickets have an index in. */
const WALKED = 4000;

/**
 * The page of a list as expressions that end in `page`, behind `auth`. Where the order is that of activity and every filter
 * is known to `ticket_page`, it is that. Else what is common is soon met on the way, and what is rare is soon read out of an
 * index of its own, where it has one; neither way is good for the other, so some tickets are tried, and tell which it is.
 */
export function pageCte(plan: ListPlan): SQL {
  const wanted = plan.limit + 1;
  const { filter, words } = plan;
  if (filter.deleted === true) {
    const trash = rowsOf(plan, { ...WHOLE, and: docsOf(words) }, wanted);
    return sql`page as materialized (${firstOf(plan, [trash, ...singled(plan, wanted)], wanted)})`;
  }
  const { ctes, found } =
    filter.sort === '-lastActivity' ? inOrderOfActivity(plan, wanted) : inOtherOrder(plan, wanted);
  return sql`${ctes}page as materialized (${firstOf(plan, [...found, ...singled(plan, wanted)], wanted)})`;
}

interface Found {
  /** Ends with a comma, if it is not empty. */
  ctes: SQL;
  found: SQL[];
}

function inOrderOfActivity(plan: ListPlan, wanted: number): Found {
  const { filter, words, after } = plan;
  const lead = leadOf(filter);
  const place = Array.isArray(after) ? after : 'start';
  const usual = (limit: number | SQL, when = sql.raw('true')): SQL => sql`(
    select p.ticket_id as id, p.at as s1, false as top from auth cross join lateral ${inUsualOrder(filter, lead, place, limit)} where ${when})`;
  const unknown = unknownTo(lead, filter);
  if (words === undefined && Object.values(unknown).every((value) => value === undefined))
    return { ctes: sql``, found: [usual(wanted)] };

  const tests = [...asked({ ...unknown, merged: 'any' }, words), ...docsOf(words)];
  const met = (relation: string): SQL => sql`select t.* from auth cross join ${sql.raw(relation)} t cross join lateral (
    select from tickets where tickets.id = t.id and ${sql.join(tests, sql.raw(' and '))} offset 0) matching limit ${wanted}`;
  const most = Math.max(wanted, WALKED);
  const further = sql`(select least(${most}, ${AMPLY * wanted * wanted} / greatest(count(*), 1))::integer from met)`;
  const narrow = narrowOf(plan);
  // What has an index of its own, and was met not once, is rare.
  const goesOn = sql`(select count(*) from met) between ${narrow === undefined ? 0 : 1} and ${wanted - 1}`;
  const isShort = sql`((select count(*) from met) < ${wanted} and (select count(*) from met_further) < ${wanted})`;
  const rest = narrow?.(isShort) ?? {
    ctes: sql``,
    found:
      lead.ways[0] === 'sight'
        ? [
            { ...IN_ORDER, first: sql.raw('null'), when: sql`auth.all_ws and ${isShort}` },
            ...allOf(plan, lead, sql`not auth.all_ws and ${isShort}`),
          ]
        : allOf(plan, lead, isShort),
  };
  return {
    ctes: sql`tried as materialized (${firstOf(plan, [usual(wanted)], wanted)}),
      met as materialized (${met('tried')}),
      further as materialized (${firstOf(plan, [usual(further, goesOn)], further)}),
      met_further as materialized (${met('further')}), ${rest.ctes}`,
    found: [
      sql`select * from met`,
      sql`select * from met_further`,
      ...rest.found.map((source) => rowsOf(plan, source, wanted)),
    ],
  };
}

/** Whoever sees a good part of all tickets soon meets a page of theirs; the others have not so many to sort. */
function inOtherOrder(plan: ListPlan, wanted: number): Found {
  const { filter, words } = plan;
  const narrow = narrowOf(plan);
  const bounds = boundsIn(filter.sort, filter);
  // What lies between the bounds of a filter has been walked, if it is not more than that.
  const isMore =
    bounds.length === 0
      ? sql``
      : sql` and (select count(*) from (select from tickets where deleted_at is null and ${sql.join(bounds, sql.raw(' and '))} limit ${WALKED + 1}) between_bounds) > ${WALKED}`;
  const isShort = sql`((select count(*) from walked) < ${wanted}${isMore})`;
  const lead = leadOf(filter);
  // Who sees everything meets whatever there is.
  const endless = narrow === undefined && lead.ways[0] === 'sight';
  const first = sql.raw(endless ? `case when auth.all_ws then null else ${WALKED} end` : `${WALKED}`);
  const rest = narrow?.(isShort) ?? {
    ctes: sql``,
    found: allOf(plan, lead, endless ? sql`not auth.all_ws and ${isShort}` : isShort),
  };
  return {
    ctes: sql`walked as materialized (${rowsOf(plan, { ...IN_ORDER, first, and: docsOf(words) }, wanted)}), ${rest.ctes}`,
    found: [sql`select * from walked`, ...rest.found.map((source) => rowsOf(plan, source, wanted))],
  };
}

const docsOf = (words: ListPlan['words']): SQL[] => (words === undefined ? [] : [matchesDocs(words)]);

const IN_ORDER: Source = { on: sql.raw('true') };
const WHOLE: Source = { named: sql.raw('(select) one'), on: sql.raw('true') };

/** All that a lead leads to: by its columns where it has some, else as the usual order would find its first page. */
const allOf = ({ filter }: ListPlan, lead: Lead, when: SQL): Source[] =>
  lead.keys !== undefined && lead.ways.every((way) => way.endsWith('_id'))
    ? lead.ways.map((column) => ({
        named: sql`(select distinct unnest(${lead.keys}) as id) k`,
        on: sql.raw(`tickets.${column} = k.id`),
        when,
      }))
    : [{ named: inUsualOrder(filter, lead, 'start', ALL), on: sql.raw('tickets.id = p.ticket_id'), when }];

const HITS: Source = {
  named: sql.raw('shown'),
  on: fixed(sql`tickets.id = shown.ticket_id and (shown.surely or ${commentsOn()})`),
};

/** What finds tickets by an index of words, of custom fields or of broken promises, once the way to others proved long. */
function narrowOf({ filter, words }: ListPlan): ((when: SQL) => { ctes: SQL; found: Source[] }) | undefined {
  if (words !== undefined)
    return (when) => ({
      ctes: sql`hits as materialized (${matchingTickets(words)} and ${when} group by d.ticket_id),
        shown as materialized (${HITS_AND_TARGETS}), `,
      found: [HITS],
    });
  const narrow = narrowBy(filter);
  return (
    narrow &&
    ((when) => ({
      ctes: sql`shown as materialized (${narrow} and ${when}), `,
      found: [{ named: sql.raw('shown'), on: sql.raw('tickets.id = shown.ticket_id') }],
    }))
  );
}

/** The ticket of the number, on top of the first page, and those of whoever has the address that was looked for. */
function singled(plan: ListPlan, wanted: number): SQL[] {
  const { number, address } = plan.words ?? {};
  const top =
    number === undefined || plan.after !== undefined
      ? []
      : [{ ...WHOLE, on: sql`tickets.number = ${number}::bigint`, isTop: true as const }];
  const theirs = address === undefined ? [] : [{ named: ticketsOf(address), on: sql.raw('tickets.id = theirs.id') }];
  return [...top, ...theirs].map((source) => rowsOf(plan, source, wanted));
}

const ticketsOf = (address: string): SQL => sql`(
  select t.id from tickets t where t.requester_contact_id = any (${whoHas(address)})
  union select t.id from tickets t where t.requester_principal_id = any (${whoHas(address)})) theirs`;
