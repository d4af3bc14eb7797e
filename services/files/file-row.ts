import { type SQL, sql } from 'drizzle-orm';
import type * as z from 'zod';
import type { EventFile } from '#schema/events/message-shapes.ts';
import { type Id, uuidToId } from '#schema/ids.ts';
import type { ticketAttachments } from '#schema/index.ts';

export type FileRow = typeof ticketAttachments.$inferSelect;

/** A file as answers and events show it. */
export const eventFile = (
  file: Pick<FileRow, 'id' | 'filename' | 'contentType' | 'sizeBytes'>,
): z.input<typeof EventFile> => ({
  id: file.id,
  filename: file.filename,
  contentType: file.contentType,
  sizeBytes: file.sizeBytes,
});

interface StoredFile {
  id: string;
  filename: string;
  contentType: string;
  sizeBytes: number;
}

/** The live files of `ticket_messages`, as a column of a query over them. */
export const filesOfMessage: SQL<StoredFile[]> = sql<StoredFile[]>`(
  select coalesce(jsonb_agg(jsonb_build_object('id', a.id, 'filename', a.filename, 'contentType', a.content_type, 'sizeBytes', a.size_bytes) order by a.id), '[]')
  from ticket_attachments a where a.message_id = ticket_messages.id and a.state = 'attached' and a.deleted_at is null)`;

export const filesFrom = (stored: readonly StoredFile[]): z.input<typeof EventFile>[] =>
  stored.map((file) => eventFile({ ...file, id: uuidToId('tatt', file.id) as Id<'tatt'> }));
