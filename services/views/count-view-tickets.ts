import type { Id } from '#schema/ids.ts';
import { TICKET_VIEWS } from '#services/access/permissions.ts';
import { notFound, permitShared } from '#services/access/permit.ts';
import { seesShared } from '#services/access/sharing.ts';
import { unchanged } from '#services/kernel/change.ts';
import { defineRead } from '#services/kernel/verb.ts';
import { countLoad, tooBroad } from '#services/tickets/list-tickets.ts';
import { filterOfView, viewById } from './view-queries.ts';

/** Where counting ends: further than anybody works through, and still one page of an index. */
const MOST_COUNTED = 1000;

/** How many tickets a view holds for the caller, up to 1,000. @throws ServiceError not_found; as `listTickets`. */
export const countViewTickets = defineRead({
  name: 'countViewTickets',
  permission: TICKET_VIEWS,
  load: ({ viewId }: { viewId: Id<'view'> }) => ({ found: viewById(viewId) }),
  loadMore({ found: [found] }, _input, at) {
    if (found === undefined || !seesShared(at.authority, 'view.manage', found.view)) return {};
    return countLoad(filterOfView(found.view), MOST_COUNTED, at);
  },
  whenTooSlow: tooBroad,
  decide(loaded, _input, { authority }) {
    const [found] = loaded.found;
    const permit = permitShared(authority, 'view.manage', found?.view, 'see');
    if (found === undefined) throw notFound();
    const { counted } = loaded as unknown as { counted: { count: number }[] };
    const count = counted[0]?.count ?? 0;
    return unchanged(permit, { count, capped: count === MOST_COUNTED });
  },
});
