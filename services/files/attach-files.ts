import { sql } from 'drizzle-orm';
import { ServiceError } from '#schema/errors.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { ticketAttachments } from '#schema/index.ts';
import { guard, nothing, onlyIf, qb, rows, type Statement, statement } from '#services/kernel/query.ts';
import { unknownReference } from '#services/kernel/refusals.ts';
import type { FileRow } from './file-row.ts';

const MOST_FILES_OF_TICKET = 200;
const MOST_BYTES_OF_TICKET = 500 * 1024 * 1024;

/** What a message with files leans on: the files it names, and how much the ticket holds already. */
export const stagedQueries = (ids: readonly Id<'tatt'>[], ticketId: Id<'tkt'> | null) => ({
  staged: statement(
    qb
      .select()
      .from(ticketAttachments)
      .where(
        ids.length === 0
          ? nothing
          : sql`${ticketAttachments.id} in ${ids.map((id) => sql.param(id, ticketAttachments.id))}`,
      ),
  ),
  filesHeld: onlyIf(
    ids.length > 0 && ticketId !== null,
    rows<{ files: number; bytes: string }>(
      sql`select count(*)::int as files, coalesce(sum(size_bytes), 0)::bigint as bytes from ticket_attachments
        where ticket_id = ${ticketId === null ? null : idToUuid(ticketId)}::uuid and deleted_at is null`,
    ),
  ),
});

interface LoadedStaged {
  staged: readonly FileRow[];
  filesHeld: readonly { files: number; bytes: string }[];
}

/**
 * The files that a message may take: staged by whoever acts, and not expired.
 * @throws ServiceError conflict `attachment_used`, unprocessable `unknown_reference`, `too_many_files`.
 */
export function stagedFiles(
  ids: readonly Id<'tatt'>[],
  { staged, filesHeld }: LoadedStaged,
  actorId: Id<'prin'>,
  now: Date,
): FileRow[] {
  const files = ids.map((id, n) => {
    const file = staged.find((each) => each.id === id);
    const usable = file?.actorId === idToUuid(actorId) && file.purpose === 'message' && file.deletedAt === null;
    if (file === undefined || !usable) throw unknownReference(`/attachmentIds/${n}`);
    if (file.state === 'attached') {
      throw new ServiceError('conflict', 'A file that is named belongs to a message already.', {
        reason: 'attachment_used',
        extra: { attachmentId: id },
      });
    }
    if (file.expiresAt === null || file.expiresAt <= now) throw unknownReference(`/attachmentIds/${n}`);
    return file;
  });
  const bytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, Number(filesHeld[0]?.bytes ?? 0));
  if (
    files.length > 0 &&
    ((filesHeld[0]?.files ?? 0) + files.length > MOST_FILES_OF_TICKET || bytes > MOST_BYTES_OF_TICKET)
  )
    throw new ServiceError('unprocessable', 'A ticket holds at most 200 files and 500 MiB.', {
      reason: 'too_many_files',
    });
  return files;
}

/** Flips all of them to the message or none: a file that a twin took meanwhile rolls the commit back. */
export const attachFiles = (
  files: readonly FileRow[] = [],
  message: { id: Id<'tmsg'>; ticketId: Id<'tkt'> },
  now: Date,
): Statement[] =>
  files.length === 0
    ? []
    : [
        guard(
          qb
            .update(ticketAttachments)
            .set({
              state: 'attached',
              ticketId: message.ticketId,
              messageId: message.id,
              attachedAt: now,
              expiresAt: null,
            })
            .where(
              sql`${ticketAttachments.id} in ${files.map(({ id }) => sql.param(id, ticketAttachments.id))} and ${ticketAttachments.state} = 'staged' and ${ticketAttachments.expiresAt} > ${now.toISOString()}::timestamptz`,
            )
            .getSQL(),
          files.length,
          'attachments',
        ),
      ];
