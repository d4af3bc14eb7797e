import { type SQL, sql } from 'drizzle-orm';
import type { StagedAttachment } from '#schema/api/messages.ts';
import { ServiceError } from '#schema/errors.ts';
import { newId } from '#schema/ids.ts';
import { ticketAttachments, ticketSettings } from '#schema/index.ts';
import type { ActorRow } from '#services/kernel/actor.ts';
import { insertRows } from '#services/kernel/insert-rows.ts';
import { guard, qb, rows, run, type Statement, statement } from '#services/kernel/query.ts';
import type { Deciding } from '#services/kernel/verb.ts';
import type { FileStore } from '#services/storage/file-store.ts';
import type { StoredFile, Upload } from './upload.ts';

const STAGED_HOURS = 24;
const MOST_STAGED_FILES = 20;
const MOST_STAGED_BYTES = 200 * 1024 * 1024;
const KEY_BYTES = 16;

/** What the workspace takes, and what an actor has waiting; `ctes` defines what `actorId` reads from. */
export const stagingQueries = (actorId: SQL, now: Date, ctes: SQL = sql``) => ({
  settings: statement(
    qb
      .select({ mostBytes: ticketSettings.attachmentMaxBytes, extraTypes: ticketSettings.extraContentTypes })
      .from(ticketSettings),
  ),
  staged: rows<{ files: number; bytes: string }>(sql`${ctes}
    select count(*)::int as files, coalesce(sum(size_bytes), 0)::bigint as bytes ${waiting(actorId, now)}`),
});

const waiting = (actorId: SQL, now: Date): SQL => sql`from ticket_attachments
  where actor_id = ${actorId} and state = 'staged' and expires_at > ${now.toISOString()}::timestamptz`;

interface LoadedStaging {
  settings: readonly { mostBytes: number; extraTypes: readonly string[] }[];
  staged: readonly { files: number; bytes: string }[];
}

/**
 * Streams the bytes into storage, once the quotas allow it. @param mostBytes the workspace's limit unless said.
 * @throws ServiceError payload_too_large, unsupported_media_type, unprocessable `limit_reached`, `digest_mismatch`.
 */
export async function storeStaged(
  { settings: [settings], staged: [staged] }: LoadedStaging,
  upload: Upload,
  by: Deciding,
  files: FileStore,
  mostBytes?: number,
): Promise<StoredFile> {
  if (settings === undefined) throw new TypeError('the workspace has no ticket settings');
  const most = mostBytes ?? settings.mostBytes;
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
}

/**
 * The row of a stored file that waits a day for its message, and what its uploader is told. Uploads of one actor take their
 * places one after the other; one that finds none left is decided again.
 */
export function stagedRow(
  upload: Upload,
  stored: StoredFile,
  { apiKeyId: _key, ...actor }: ActorRow,
  { ids, now }: Pick<Deciding, 'ids' | 'now'>,
): { holds: Statement[]; writes: Statement[]; answer: StagedAttachment } {
  const id = newId(ids, 'tatt');
  const expiresAt = new Date(now.getTime() + STAGED_HOURS * 3_600_000);
  const { filename, declaredType, sizeBytes, purpose } = upload;
  const row = { id, ...actor, filename, declaredType, sizeBytes, purpose, ...stored, expiresAt, createdAt: now };
  const actorId = sql`${actor.actorId}::uuid`;
  const room = sql`select count(*) < ${MOST_STAGED_FILES}::int and coalesce(sum(size_bytes), 0) + ${sizeBytes}::bigint <= ${MOST_STAGED_BYTES}::bigint`;
  return {
    holds: [run(sql`select from principal where id = ${actorId} for no key update`)],
    writes: [
      guard(
        sql`${insertRows(ticketAttachments, [row]).sql} where (${room} ${waiting(actorId, now)})`,
        1,
        'room for a file',
      ),
    ],
    answer: {
      ...{ id, filename, sizeBytes, contentType: stored.contentType },
      sha256: Buffer.from(stored.sha256).toString('hex'),
      expiresAt: expiresAt.toISOString(),
    },
  };
}

/** `a/<day>/<random>`: the day lets the sweep look through one day's objects, the rest cannot be guessed. */
const newStorageKey = ({ now, random }: Pick<Deciding, 'now' | 'random'>): string =>
  `a/${now.toISOString().slice(0, 'YYYY-MM-DD'.length)}/${Buffer.from(random(new Uint8Array(KEY_BYTES))).toString('hex')}`;
