import type { AttachmentLink } from '#schema/api/messages.ts';
import type { Id } from '#schema/ids.ts';
import { customerPermit, notFound } from '#services/access/permit.ts';
import { fileLink, LINK_MINUTES } from '#services/files/file-link.ts';
import { unchanged } from '#services/kernel/change.ts';
import { customersFile } from '#services/messages/customers-file.ts';
import { defineCustomerVerb } from './customer-verb.ts';

/**
 * An address at which a customer reads a file of a message in their thread for some minutes; the file door asks the same
 * question again. @throws ServiceError not_found, the same for a file that waits, is another's, or is the desk's own.
 */
export const linkPortalFile = defineCustomerVerb({
  name: 'linkPortalFile',
  load: ({ attachmentId }: { attachmentId: Id<'tatt'> }, { c }) => ({ file: customersFile(c, attachmentId) }),
  readOutside: async (_loaded, _input, _by, { filesOrigin }) => filesOrigin,
  decide({ file }, { attachmentId }, { customer, keys, now }, filesOrigin) {
    if (file === undefined) throw notFound();
    const { principalId, assurance } = customer;
    const grant = { session: { principalId, assurance } };
    const expiresAt = new Date(now.getTime() + LINK_MINUTES * 60_000);
    return unchanged<AttachmentLink>(
      customerPermit(customer),
      fileLink({ keys, filesOrigin }, { attachmentId, grant, expiresAt }),
    );
  },
});
