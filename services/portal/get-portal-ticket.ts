import type { PortalTicket } from '#schema/api/portal.ts';
import type { Id } from '#schema/ids.ts';
import { permitCustomerView } from '#services/access/permit.ts';
import { unchanged } from '#services/kernel/change.ts';
import { defineCustomerVerb } from './customer-verb.ts';
import { factsOf, type PortalRow, portalRow, portalSettings } from './portal-queries.ts';
import { portalTicket } from './portal-view.ts';

/** One ticket as the customer sees it. @throws ServiceError not_found, the same for absent, foreign and deleted. */
export const getPortalTicket = defineCustomerVerb({
  name: 'getPortalTicket',
  load: ({ ticketId }: { ticketId: Id<'tkt'> }, at) => ({
    found: portalRow(at, ticketId),
    settings: portalSettings(),
  }),
  decide({ found, settings }, _input, by) {
    const permit = permitCustomerView(by.customer, factsOf(found));
    return unchanged<PortalTicket>(permit, portalTicket(found as PortalRow, { ...by, settings }));
  },
});
