import type { TicketFilter } from '#schema/api/ticket-filter.ts';
import type { Id } from '#schema/ids.ts';
import { none, type Statement } from '#services/kernel/query.ts';
import { type FoundView, filterOfView, viewById } from './view-queries.ts';

/** What was read by the filter of a view as it was at that version. */
export interface OfView<T> {
  version: number;
  filter: TicketFilter;
  result: T;
}
interface Known {
  version: number;
  filter: TicketFilter;
}
type Make<T> = (filter: TicketFilter) => { hints: Statement; result: Statement<T> };
// A type, because what loads are made of has an index signature.
type Loads<T> = { hints: Statement; of: Statement<OfView<T> | undefined> };

/** More than a workspace shares, with those of the people who look. A guess that is checked, so it needs no end of its own. */
const MOST_KNOWN = 500;
const known = new Map<Id<'view'>, Known>();

/**
 * A view and what its filter finds. The filter decides the statement, which would take a trip of its own; but this process
 * has mostly met the view before, so the load reads by that filter, unless it cannot be the one, and the view beside it
 * tells whether it still holds.
 */
export function loadOfView<T>(
  viewId: Id<'view'>,
  make: Make<T>,
  mayBe: (filter: TicketFilter) => boolean = () => true,
): Loads<T> & { found: Statement<FoundView[]> } {
  const view = known.get(viewId);
  const guess = view !== undefined && mayBe(view.filter) ? reading(view, make) : UNREAD;
  return { found: viewById(viewId), ...guess };
}

const UNREAD = { hints: none(), of: { ...none(), read: () => undefined } };

/** The same by the filter that the view really has, where the guess was none or wrong. @throws ServiceError of the list. */
export function loadAgainOfView<T>(
  found: FoundView,
  of: OfView<T> | undefined,
  make: Make<T>,
): Loads<T> | Record<never, never> {
  const view = remembered(found);
  return of?.version === view.version ? {} : reading(view, make);
}

function reading<T>({ version, filter }: Known, make: Make<T>): Loads<T> {
  const { hints, result } = make(filter);
  return { hints, of: { ...result, read: (raw) => ({ version, filter, result: result.read(raw) }) } };
}

function remembered({ view }: FoundView): Known {
  const before = known.get(view.id);
  if (before?.version === view.version) return before;
  const now = { version: view.version, filter: filterOfView(view) };
  known.delete(view.id);
  known.set(view.id, now);
  const [oldest] = known.keys();
  if (known.size > MOST_KNOWN && oldest !== undefined) known.delete(oldest);
  return now;
}
