import { sql } from 'drizzle-orm';
import type { StagedAttachment } from '#schema/api/messages.ts';
import { ServiceError } from '#schema/errors.ts';
import { newId } from '#schema/ids.ts';
import { ticketAttachments, ticketSettings } from '#schema/index.ts';
import { TICKET_VIEWS } from '#services/access/permissions.ts';
import { permitTicketList } from '#services/access/permit.ts';
import { permitDirectory } from '#services/directory/require-record.ts';
import { actorOf } from '#services/kernel/actor.ts';
import { change } from '#services/kernel/change.ts';
import { qb, rows, statement } from '#services/kernel/query.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import type { StoredFile, Upload } from './upload.ts';

const STAGED_HOURS = 24;
const MOST_STAGED_FILES = 20;
const MOST_STAGED_BYTES = 200 * 1024 * 1024;
const MOST_IMPORT_BYTES = 50 * 1024 * 1024;
const KEY_BYTES = 16;

/**
 * Keeps a file for a message that will take it within a day. Nothing of it is held in memory: quotas are looked at first,
 * then the bytes flow into storage, then a row tells of them. Without that row the daily sweep takes the object away.
 * @throws ServiceError forbidden, payload_too_large, unsupported_media_type, unprocessable `limit_reached`, `digest_mismatch`.
 */
export const stageAttachment = defineVerb({
  name: 'stageAttachment',
  permission: TICKET_VIEWS,

  load: (_upload: Upload, { auth, now }) => ({
    settings: statement(
      qb
        .select({ mostBytes: ticketSettings.attachmentMaxBytes, extraTypes: ticketSettings.extraContentTypes })
        .from(ticketSettings),
    ),
    staged: rows<{ files: number; bytes: string }>(sql`with ${auth}
      select count(*)::int as files, coalesce(sum(size_bytes), 0)::bigint as bytes from ticket_attachments
      where actor_id = (select principal_id from auth) and state = 'staged' and expires_at > ${now.toISOString()}::timestamptz`),
  }),

  async readOutside({ settings: [settings], staged: [staged] }, upload, by, { files }): Promise<StoredFile> {
    permitTicketList(by.authority);
    if (settings === undefined) throw new TypeError('the workspace has no ticket settings');
    if (upload.purpose === 'import') permitDirectory(by.authority, 'org.manage');
    const most = upload.purpose === 'import' ? MOST_IMPORT_BYTES : settings.mostBytes;
    if (upload.sizeBytes > most) throw new ServiceError('payload_too_large', `A file may have at most ${most} bytes.`);
    const bytes = Number(staged?.bytes ?? 0) + upload.sizeBytes;
    if ((staged?.files ?? 0) >= MOST_STAGED_FILES || bytes > MOST_STAGED_BYTES) {
      throw new ServiceError(
        'unprocessable',
        `At most ${MOST_STAGED_FILES} files and 200 MiB wait for a message. Send some, or wait a day.`,
        { reason: 'limit_reached' },
      );
    }
    return upload.storeIn(files, newStorageKey(by), settings.extraTypes);
  },

  decide(_loaded, upload, by, stored) {
    const id = newId(by.ids, 'tatt');
    const expiresAt = new Date(by.now.getTime() + STAGED_HOURS * 3_600_000);
    const { filename, declaredType, sizeBytes, purpose } = upload;
    const { apiKeyId: _key, ...actor } = actorOf(by.authority);
    const row = { id, ...actor, filename, declaredType, sizeBytes, purpose, ...stored, expiresAt, createdAt: by.now };
    return change<StagedAttachment>({
      permit: permitTicketList(by.authority),
      audit: null,
      writes: [statement(qb.insert(ticketAttachments).values(row))],
      answer: {
        ...{ id, filename, sizeBytes, contentType: stored.contentType },
        sha256: Buffer.from(stored.sha256).toString('hex'),
        expiresAt: expiresAt.toISOString(),
      },
    });
  },
});

/** `a/<day>/<random>`: the day lets the sweep look through one day's objects, the rest cannot be guessed. */
const newStorageKey = ({ now, random }: { now: Date; random: (bytes: Uint8Array) => Uint8Array }): string =>
  `a/${now.toISOString().slice(0, 'YYYY-MM-DD'.length)}/${Buffer.from(random(new Uint8Array(KEY_BYTES))).toString('hex')}`;
