import { type SQL, sql } from 'drizzle-orm';
import type { FoundTicket } from '#schema/api/found-ticket.ts';
import type { TicketFilter } from '#schema/api/ticket-filter.ts';
import { ServiceError } from '#schema/errors.ts';
import type { Id } from '#schema/ids.ts';
import { ACTIVE_CATEGORIES } from '#schema/values.ts';
import type { Authority } from '#services/access/authority.ts';
import { TICKET_VIEWS } from '#services/access/permissions.ts';
import { permitTicketList } from '#services/access/permit.ts';
import { unchanged } from '#services/kernel/change.ts';
import { type CursorPlace, cursorOf, pageOf, readCursor, writeCursor } from '#services/kernel/cursor.ts';
import { rows, type Statement, statementWith } from '#services/kernel/query.ts';
import { defineRead, type Loading } from '#services/kernel/verb.ts';
import { snippetOf } from '#services/search/highlight.ts';
import { newestHit } from '#services/search/matching-docs.ts';
import { type SearchWords, searchWords } from '#services/search/search-words.ts';
import type { KeyRing } from '#services/secrets/key-ring.ts';
import { pageCte } from './list-page.ts';
import { pageOrder } from './list-rows.ts';
import { placeOfTicket, SORTS } from './list-sorts.ts';
import { mergedTarget } from './merged-target.ts';
import { selectTickets, type TicketRow } from './ticket-queries.ts';
import { ticketSummary } from './ticket-view.ts';

export interface ListTicketsInput {
  filter: TicketFilter;
  limit: number;
  cursor: string | undefined;
}

export type FoundRow = TicketRow & {
  mergedInto: Id<'tkt'> | null;
  top: boolean;
  hit: { id: Id<'tmsg'>; text: string } | null;
};
export type TicketPage = { data: FoundTicket[]; page: { next: string | null; hasMore: boolean } };

/** What a search may take of the database before it is told to be narrower. */
const SEARCH_MS = 3000;

/**
 * The tickets that the caller may see, through a lens and filters, in an order. A ticket that moves in a mutable order may
 * repeat or be missed. @throws ServiceError invalid_request `sort_needs_active`; unavailable `search_too_broad`.
 */
export const listTickets = defineRead({
  name: 'listTickets',
  permission: TICKET_VIEWS,
  load: (input: ListTicketsInput, at) => listLoad(input, at, 'listTickets'),
  whenTooSlow: () => tooBroad(),
  decide: ({ found }, input, { authority, keys }) =>
    unchanged<TicketPage>(permitTicketList(authority), ticketPage(found, input, { authority, keys }, 'listTickets')),
});

export const tooBroad = (): ServiceError =>
  new ServiceError('unavailable', 'So many tickets hold these words that finding the first took too long.', {
    reason: 'search_too_broad',
  });

/** The statements of a list; `operation` is whose cursors it reads. @throws ServiceError as `listTickets`, or of a cursor. */
export function listLoad(
  input: ListTicketsInput,
  { auth, keys }: Pick<Loading, 'auth' | 'keys'>,
  operation: string,
): { hints: Statement; found: Statement<FoundRow[]> } {
  const { filter, limit, cursor } = input;
  requireActive(filter);
  const words = wordsOf(filter);
  const place = cursor === undefined ? undefined : readCursor(keys, placeOf(input, operation), cursor);
  const plan = { filter, words, limit, after: place?.length === 0 ? ('top' as const) : place };
  const query = selectTickets({
    mergedInto: filter.merged === false ? sql<null>`null` : mergedTarget(),
    top: sql<boolean>`page.top`,
    hit: words === undefined ? sql<null>`null` : newestHit(words),
  })
    .innerJoin(sql`page`, sql`page.id = tickets.id`)
    .orderBy(...pageOrder(plan));
  const found = statementWith(sql`${auth}, ${pageCte(plan)}`, query) as unknown as Statement<FoundRow[]>;
  return { ...hintsOf(filter, words), found };
}

/**
 * What the planner is told for the rest of the batch, which is one transaction. It guesses by averages: it would sort the
 * ten thousand tickets of a busy person, and read all contacts, members or documents for the few that a page names.
 */
function hintsOf(filter: TicketFilter, words: SearchWords | undefined): { hints: Statement } {
  const settings = [
    ...OFF.map((name) => setting(`enable_${name}`, 'off')),
    ...(SORTS[filter.sort].byActivity ? [setting('enable_sort', 'off')] : []),
    ...(words === undefined ? [] : [setting('statement_timeout', String(SEARCH_MS))]),
  ];
  return { hints: rows(sql`select ${sql.join(settings, sql.raw(', '))}`) };
}

const OFF = ['hashjoin', 'mergejoin', 'seqscan'];
const setting = (name: string, value: string): SQL => sql.raw(`set_config('${name}', '${value}', true)`);

export function ticketPage(
  found: readonly FoundRow[],
  input: ListTicketsInput,
  { authority, keys }: { authority: Authority; keys: KeyRing },
  operation: string,
): TicketPage {
  const words = wordsOf(input.filter)?.words ?? [];
  const view = ({ hit, mergedInto, ...row }: FoundRow): FoundTicket => ({
    ...ticketSummary(row, authority, mergedInto),
    highlight: hit === null ? null : { messageId: hit.id, ...snippetOf(hit.text, words) },
  });
  const sort = SORTS[input.filter.sort];
  const cursor = ({ top, ticket }: FoundRow) =>
    writeCursor(keys, placeOf(input, operation), top ? [] : placeOfTicket(sort, ticket));
  return pageOf(found, input.limit, view, cursor);
}

/** Whether its cursor, if it has one, is of this list. @throws ServiceError invalid_request `invalid_cursor`. */
export const isFurtherOn = (input: ListTicketsInput, keys: KeyRing, operation: string): boolean =>
  input.cursor === undefined || cursorOf(keys, placeOf(input, operation), input.cursor).isOfList;

const placeOf = ({ filter: { sort, ...filter } }: ListTicketsInput, operation: string): CursorPlace => ({
  operation,
  sort,
  filter,
});

/** Nothing to look for is no search. */
const wordsOf = ({ q }: TicketFilter): SearchWords | undefined =>
  q === undefined || q === '' ? undefined : searchWords(q);

/** @throws ServiceError invalid_request `sort_needs_active`. */
export function requireActive(
  { sort, scope, statusCategory = [], deleted }: TicketFilter,
  where: 'query' | 'body' = 'query',
): void {
  if (SORTS[sort].activeOnly === undefined) return;
  const isActive = (category: string) => (ACTIVE_CATEGORIES as readonly string[]).includes(category);
  const asked = scope === 'unassigned' || (statusCategory.length > 0 && statusCategory.every(isActive));
  if (asked && deleted !== true) return;
  throw new ServiceError('invalid_request', `Sort by ${sort} needs a filter for active tickets.`, {
    reason: 'sort_needs_active',
    errors: [{ in: where, pointer: '/sort', code: 'contradiction', detail: 'This sort is for active tickets only.' }],
  });
}

/** How many tickets a list holds, counted no further than `most`. */
export function countLoad(
  filter: TicketFilter,
  most: number,
  { auth }: Pick<Loading, 'auth'>,
): { hints: Statement; counted: Statement<{ count: number }[]> } {
  const words = wordsOf(filter);
  const plan = { filter: { ...filter, sort: '-lastActivity' as const }, words, limit: most - 1, after: undefined };
  return {
    ...hintsOf(plan.filter, words),
    counted: rows<{ count: number }>(sql`with ${auth}, ${pageCte(plan)} select count(*)::int as count from page`),
  };
}

/** The first tickets of a list and one more than `most`, as expressions behind `auth` that end in `page`. */
export const listedTickets = (filter: TicketFilter, most: number): SQL =>
  pageCte({ filter, words: wordsOf(filter), limit: most, after: undefined });
