import { sql } from 'drizzle-orm';
import type { StagedAttachment } from '#schema/api/messages.ts';
import { idToUuid } from '#schema/ids.ts';
import { customerPermit } from '#services/access/permit.ts';
import { stagedRow, stagingQueries, storeStaged } from '#services/files/staging.ts';
import type { StoredFile, Upload } from '#services/files/upload.ts';
import { change } from '#services/kernel/change.ts';
import { defineCustomerVerb } from './customer-verb.ts';

/**
 * Keeps a file for a request or reply that its sender makes within a day, as for people of the desk. It belongs to the
 * login: who has proved nothing has one too, and what they staged goes with them once they have.
 * @throws ServiceError payload_too_large, unsupported_media_type, unprocessable `limit_reached`, `digest_mismatch`.
 */
export const stagePortalFile = defineCustomerVerb({
  name: 'stagePortalFile',
  load: (_upload: Upload, { session, now }) => stagingQueries(sql`${idToUuid(session.principalId)}::uuid`, now),
  readOutside: (loaded, upload, by, { files }): Promise<StoredFile> => {
    // The other purposes belong to the desk; a door that lets one through has a bug.
    if (upload.purpose !== 'message') throw new TypeError('a customer stages files for messages only');
    return storeStaged(loaded, upload, by, files);
  },
  decide(_loaded, upload, { customer, ...by }, stored) {
    const actor = {
      actorKind: 'customer' as const,
      actorId: idToUuid(customer.principalId),
      actorLabel: customer.name,
      apiKeyId: null,
    };
    return change<StagedAttachment>({
      permit: customerPermit(customer),
      audit: null,
      ...stagedRow(upload, stored, actor, by),
    });
  },
});
