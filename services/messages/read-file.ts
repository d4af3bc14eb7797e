import { contactCte, customerCte } from '#services/access/customer.ts';
import { grantedAuthorityQuery } from '#services/access/granted-authority.ts';
import { notFound, publicPermit } from '#services/access/permit.ts';
import type { CustomerGrant, FileToken, StaffGrant } from '#services/files/file-token.ts';
import { unchanged } from '#services/kernel/change.ts';
import { defineSystemVerb } from '#services/kernel/verb.ts';
import { attachmentById, exportedFileOf, readableFileOf } from './attachment-queries.ts';
import { customersFile } from './customers-file.ts';

/**
 * The file behind a link of somebody of the desk, looked at as if it were asked for now: a link dies with its message, or with its holder's right.
 * @throws ServiceError not_found.
 */
export const readFile = defineSystemVerb({
  name: 'readFile',
  actor: 'system',
  load: ({ attachmentId, grant }: FileToken<StaffGrant>, { now }) => ({
    holder: grantedAuthorityQuery(grant, now),
    ...attachmentById(attachmentId),
  }),
  decide(loaded, _token, { now }) {
    if (loaded.holder === undefined) throw notFound();
    const exported = exportedFileOf(loaded, loaded.holder, now);
    return unchanged(publicPermit('file_link'), exported ?? readableFileOf(loaded, loaded.holder).file);
  },
});

/** The same for a link of a customer, or in a mail to one. @throws ServiceError not_found. */
export const readCustomersFile = defineSystemVerb({
  name: 'readFile',
  actor: 'system',
  load: ({ attachmentId, grant }: FileToken<CustomerGrant>) => ({
    file: customersFile('session' in grant ? customerCte(grant.session) : contactCte(grant.contactId), attachmentId),
  }),
  decide({ file }) {
    if (file === undefined) throw notFound();
    return unchanged(publicPermit('file_link'), file);
  },
});
