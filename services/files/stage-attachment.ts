import { sql } from 'drizzle-orm';
import type { StagedAttachment } from '#schema/api/messages.ts';
import { TICKET_VIEWS } from '#services/access/permissions.ts';
import { permitTicketList } from '#services/access/permit.ts';
import { permitDirectory } from '#services/directory/require-record.ts';
import { actorOf } from '#services/kernel/actor.ts';
import { change } from '#services/kernel/change.ts';
import { mismatch } from '#services/kernel/idempotency.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { stagedRow, stagingQueries, storeStaged } from './staging.ts';
import type { StoredFile, Upload } from './upload.ts';

const MOST_IMPORT_BYTES = 50 * 1024 * 1024;

/**
 * Keeps a file for a message that will take it within a day. Nothing of it is held in memory: quotas are looked at first,
 * then the bytes flow into storage, then a row tells of them. Without that row the daily sweep takes the object away.
 * @throws ServiceError forbidden, payload_too_large, unsupported_media_type, unprocessable `limit_reached`, `digest_mismatch`.
 */
export const stageAttachment = defineVerb({
  name: 'stageAttachment',
  permission: TICKET_VIEWS,

  load: (_upload: Upload, { auth, now }) =>
    stagingQueries(sql`(select principal_id from auth)`, now, sql`with ${auth}`),

  async readOutside(loaded, upload, by, { files }): Promise<StoredFile> {
    permitTicketList(by.authority);
    const isImport = upload.purpose === 'import';
    if (isImport) permitDirectory(by.authority, 'org.manage');
    return storeStaged(loaded, upload, by, files, isImport ? MOST_IMPORT_BYTES : undefined);
  },

  /** The key's hash covers what the headers say of a file; that the bytes are the same ones shows when they are read. */
  async onReplay(upload, kept, { files }) {
    const first: Partial<StagedAttachment> = JSON.parse(kept.body ?? '{}');
    const again = Buffer.from(await upload.discard(files)).toString('hex');
    if (first.sha256 !== again) throw mismatch();
  },

  decide: (_loaded, upload, by, stored) =>
    change<StagedAttachment>({
      permit: permitTicketList(by.authority),
      audit: null,
      ...stagedRow(upload, stored, actorOf(by.authority), by),
    }),
});
