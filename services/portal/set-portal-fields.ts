import type { PortalTicket } from '#schema/api/portal.ts';
import type { Id } from '#schema/ids.ts';
import { permitCustomer } from '#services/access/permit.ts';
import { fieldDefinitions } from '#services/custom-fields/field-definition.ts';
import { mergeFieldValues } from '#services/custom-fields/merge-values.ts';
import { canonicalJson } from '#services/kernel/canonical-json.ts';
import { type Decision, unchanged } from '#services/kernel/change.ts';
import { rowChange } from '#services/lifecycle/row-change.ts';
import { slaConfigQuery, slaStateQuery } from '#services/sla/sla-queries.ts';
import { requireEditable } from '#services/tickets/edit-ticket.ts';
import { defineCustomerVerb } from './customer-verb.ts';
import { factsOf, type PortalRow, portalRow, portalSettings } from './portal-queries.ts';
import { portalTicket } from './portal-view.ts';

/**
 * The requester fills in fields that customers edit; absent keeps, null clears.
 * @throws ServiceError not_found; forbidden `reply_not_allowed`; conflict `ticket_merged`; unprocessable `unknown_field`,
 *   `invalid_field`.
 */
export const setPortalFields = defineCustomerVerb({
  name: 'setPortalFields',
  load: ({ ticketId }: { ticketId: Id<'tkt'>; fields: Readonly<Record<string, unknown>> }, at) => ({
    found: portalRow(at, ticketId),
    fields: fieldDefinitions('ticket'),
    settings: portalSettings(),
    slaConfig: slaConfigQuery(),
    slaState: slaStateQuery(ticketId),
  }),
  decide(loaded, input, by): Decision<PortalTicket> {
    const permit = permitCustomer(by.customer, 'own', factsOf(loaded.found));
    const before = loaded.found as PortalRow;
    const view = (row: PortalRow) => portalTicket(row, { ...by, settings: loaded.settings });
    requireEditable(before, null);
    const editable = loaded.fields.filter(({ portal }) => portal === 'editable');
    const customFields = mergeFieldValues(editable, before.ticket.customFields, input.fields, '/customFields');
    if (canonicalJson(customFields) === canonicalJson(before.ticket.customFields))
      return unchanged(permit, view(before));
    const changed = rowChange(
      {
        permit,
        before,
        set: { customFields: { ...customFields }, lastPublicAt: by.now },
        cause: 'customer',
        slaCause: 'fields',
        sla: { config: loaded.slaConfig, state: loaded.slaState },
        action: 'ticket.updated',
      },
      by,
    );
    return { ...changed, answer: view({ ...changed.answer, portal: before.portal }) };
  },
});
