import type { PortalTicket } from '#schema/api/portal.ts';
import { ServiceError } from '#schema/errors.ts';
import type { Id } from '#schema/ids.ts';
import type { TICKET_PRIORITIES, ValueOf } from '#schema/values.ts';
import { customerPermit } from '#services/access/permit.ts';
import { fieldDefinitions } from '#services/custom-fields/field-definition.ts';
import { mergeFieldValues, withDefaults } from '#services/custom-fields/merge-values.ts';
import { requireFields } from '#services/custom-fields/require-fields.ts';
import { stagedFiles, stagedQueries } from '#services/files/attach-files.ts';
import { unknownReference } from '#services/kernel/refusals.ts';
import { slaConfigQuery } from '#services/sla/sla-queries.ts';
import { intakeQueries } from '#services/tickets/intake-queries.ts';
import { openTicket } from '#services/tickets/open-ticket.ts';
import { defineCustomerVerb } from './customer-verb.ts';
import { NEW_FACTS, portalSettings } from './portal-queries.ts';
import { portalTicket } from './portal-view.ts';

export interface CreatePortalTicketInput {
  via: 'portal' | 'widget';
  /** Where the door's category leads; the default inbox when left out. */
  inboxId?: Id<'inbox'> | undefined;
  subject: string;
  body: string;
  /** A proposal, which rules may overrule. */
  priority?: ValueOf<typeof TICKET_PRIORITIES> | undefined;
  /** Only of fields that customers edit. */
  fields?: Readonly<Record<string, unknown>> | undefined;
  attachmentIds?: readonly Id<'tatt'>[] | undefined;
  dedupeKey?: string | undefined;
}

/**
 * Files a ticket as its requester: the session's person, and their contact when they have proved who they are.
 * @throws ServiceError invalid_request, conflict `attachment_used`, unprocessable `unknown_reference`, `unknown_field`,
 *   `invalid_field`, `missing_fields`, `too_many_files`.
 */
export const createPortalTicket = defineCustomerVerb({
  name: 'createPortalTicket',
  draws: true,

  load: ({ inboxId, attachmentIds = [] }: CreatePortalTicketInput, { session }) => ({
    ...intakeQueries({ inboxId }, session.assurance === 'verified' ? { principalId: session.principalId } : {}, []),
    ...stagedQueries(attachmentIds, null),
    fields: fieldDefinitions('ticket'),
    settings: portalSettings(),
    slaConfig: slaConfigQuery(),
  }),

  decide(loaded, input, by) {
    const { customer } = by;
    const { settings, contact } = loaded;
    if (input.inboxId !== undefined && loaded.inbox === undefined) throw unknownReference('/inboxId');
    const inbox = loaded.inbox?.inbox;
    const editable = loaded.fields.filter(({ portal }) => portal === 'editable');
    const customFields = withDefaults(
      loaded.fields,
      mergeFieldValues(editable, {}, input.fields ?? {}, '/customFields'),
    );
    requireFields(editable, customFields, 'create');
    const organization =
      contact === undefined || contact.organizationId === null
        ? (contact?.domainOrganization ?? null)
        : { id: contact.organizationId, shareNewTickets: contact.shareNewTickets === true };
    const status = loaded.inbox?.status ?? loaded.openStatus;
    if (status === undefined || status === null) throw new TypeError('no default status of category open');
    const files = stagedFiles(input.attachmentIds ?? [], loaded, customer.principalId, by.now);
    if (input.body.trim() === '' && files.length === 0) {
      throw new ServiceError('invalid_request', 'A request needs text or a file.', {
        errors: [{ in: 'body', pointer: '/body', code: 'too_small', detail: 'Say something, or attach a file.' }],
      });
    }
    const { principalId, name } = customer;
    return openTicket<PortalTicket>(
      {
        permit: customerPermit(customer),
        number: loaded.number,
        subject: input.subject,
        channel: input.via,
        priority: input.priority ?? inbox?.defaultPriority ?? 'normal',
        visibility: organization?.shareNewTickets === true ? 'org' : (inbox?.defaultVisibility ?? 'team'),
        status,
        inboxId: inbox?.id ?? null,
        inboxChannelId: null,
        primaryTeamId: inbox?.primaryTeamId ?? null,
        assigneeTeamId: null,
        assignee: null,
        requester: contact === undefined ? { principal: { id: principalId, name } } : { contact, principalId },
        assurance: customer.assurance,
        organizationId: organization?.id ?? null,
        createdByPrincipalId: null,
        message: {
          body: input.body,
          files,
          audience: 'public',
          author: (contactId) => ({ kind: 'customer', principalId, contactId, name }),
          ...(input.dedupeKey === undefined ? {} : { dedupeKey: input.dedupeKey }),
        },
        customFields,
        source: { kind: 'widget' },
        cause: 'customer',
        sla: { config: loaded.slaConfig, state: null },
      },
      by,
      (row) => portalTicket({ ...row, portal: NEW_FACTS }, { ...by, settings }),
    );
  },
});
