import type { TicketFilter } from '#schema/api/ticket-filter.ts';
import type { Id } from '#schema/ids.ts';
import { TICKET_VIEWS } from '#services/access/permissions.ts';
import { notFound, permitShared } from '#services/access/permit.ts';
import { seesShared } from '#services/access/sharing.ts';
import { unchanged } from '#services/kernel/change.ts';
import { defineRead, type Loading } from '#services/kernel/verb.ts';
import { countLoad, tooBroad } from '#services/tickets/list-tickets.ts';
import { loadAgainOfView, loadOfView } from './of-view.ts';

/** Where counting ends: further than anybody works through, and still one page of an index. */
const MOST_COUNTED = 1000;

/**
 * How many tickets a view holds for the caller, up to 1,000. Round trips as of `listViewTickets`.
 * @throws ServiceError not_found; as `listTickets`.
 */
export const countViewTickets = defineRead({
  name: 'countViewTickets',
  permission: TICKET_VIEWS,
  load: ({ viewId }: { viewId: Id<'view'> }, at) => loadOfView(viewId, countBy(at)),
  loadMore({ found: [found], of }, _input, at) {
    if (found === undefined || !seesShared(at.authority, 'view.manage', found.view)) return {};
    return loadAgainOfView(found, of, countBy(at));
  },
  whenTooSlow: tooBroad,
  decide({ found: [found], of }, _input, { authority }) {
    const permit = permitShared(authority, 'view.manage', found?.view, 'see');
    if (of === undefined) throw notFound();
    const [{ count } = { count: 0 }] = of.result;
    return unchanged(permit, { count, capped: count === MOST_COUNTED });
  },
});

const countBy = (at: Loading) => (filter: TicketFilter) => {
  const { hints, counted } = countLoad(filter, MOST_COUNTED, at);
  return { hints, result: counted };
};
