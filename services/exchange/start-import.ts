import { and, eq, gt, sql } from 'drizzle-orm';
import type * as z from 'zod';
import type { StartedJob } from '#schema/api/bulk.ts';
import type { CreateImportBody } from '#schema/api/exchange.ts';
import { ServiceError } from '#schema/errors.ts';
import { ticketAttachments } from '#schema/index.ts';
import { permitDirectory } from '#services/directory/require-record.ts';
import { startJob } from '#services/directory/start-job.ts';
import { change } from '#services/kernel/change.ts';
import { qb, statement, statementWith } from '#services/kernel/query.ts';
import { unknownReference } from '#services/kernel/refusals.ts';
import { defineVerb, type Loading } from '#services/kernel/verb.ts';
import type { FileStore } from '#services/storage/file-store.ts';
import { readColumns } from './import-line.ts';
import { IMPORTS } from './imports.ts';
import { requireRoom, runningQuery } from './running-jobs.ts';
import { splitRecords } from './split-records.ts';

export type StartImportInput = z.output<typeof CreateImportBody>;

/** What the job works with; `offset` and `line` move with every commit. */
export interface ImportParams extends Record<string, unknown> {
  of: keyof typeof IMPORTS;
  attachmentId: string;
  storageKey: string;
  sizeBytes: number;
  mode: 'create' | 'upsert';
  dryRun: boolean;
  /** Of a CSV; null for NDJSON. */
  columns: string[] | null;
  offset: number;
  line: number;
}

type Head = Pick<ImportParams, 'columns' | 'offset'>;

const HEAD_BYTES = 64 * 1024;
/** A job that waits and is resumed still finds its file. */
const KEPT_DAYS = 2;

/**
 * Starts to bring in contacts or organisations from a file that was uploaded for it. Its first row is read here, all else by the job.
 * @throws ServiceError forbidden; unprocessable `unknown_reference`, `invalid_field`, `limit_reached`.
 */
export const startImport = defineVerb({
  name: 'startImport',
  permission: 'org.manage',
  load: ({ attachmentId }: StartImportInput, { auth, now }: Loading) => ({
    file: statementWith<(typeof ticketAttachments.$inferSelect)[]>(
      auth,
      qb
        .select()
        .from(ticketAttachments)
        .where(
          and(
            eq(ticketAttachments.id, attachmentId),
            eq(ticketAttachments.state, 'staged'),
            eq(ticketAttachments.purpose, 'import'),
            gt(ticketAttachments.expiresAt, now),
            sql`${ticketAttachments.actorId} = (select principal_id from auth)`,
          ),
        ),
    ),
    running: runningQuery(auth),
  }),
  async readOutside({ file: [file], running }, { of }, by, { files }): Promise<Head> {
    permitDirectory(by.authority, 'org.manage');
    requireRoom(running);
    if (file === undefined) throw unknownReference('/attachmentId');
    return readHead(files, file, of);
  },
  decide({ file: [file] }, { of, attachmentId, mode, dryRun }, by, head) {
    const permit = permitDirectory(by.authority, 'org.manage');
    if (file === undefined) throw unknownReference('/attachmentId');
    const { storageKey, sizeBytes } = file;
    const params: ImportParams = { of, attachmentId, storageKey, sizeBytes, mode, dryRun, ...head, line: 0 };
    const { jobId, also } = startJob('import', params, by);
    const expiresAt = new Date(by.now.getTime() + KEPT_DAYS * 86_400_000);
    return change<StartedJob>({
      permit,
      answer: { jobId, kind: 'import' },
      writes: [
        statement(qb.update(ticketAttachments).set({ expiresAt }).where(eq(ticketAttachments.id, attachmentId))),
        ...(also.writes ?? []),
      ],
      wakes: also.wakes ?? [],
      audit: {
        action: 'import.started',
        target: { type: 'bulk_job', id: jobId },
        changes: { of: [null, of], mode: [null, mode], dryRun: [null, dryRun], sizeBytes: [null, sizeBytes] },
      },
    });
  },
});

const BRACE = 0x7b;
const BOM = Buffer.from([0xef, 0xbb, 0xbf]);

/** A file whose first record begins with a brace is NDJSON; else the first record names the columns. */
async function readHead(
  files: FileStore,
  { storageKey, sizeBytes }: { storageKey: string; sizeBytes: number },
  of: keyof typeof IMPORTS,
): Promise<Head> {
  const stream = await files.read(storageKey, { offset: 0, length: Math.min(sizeBytes, HEAD_BYTES) });
  if (stream === undefined) throw unknownReference('/attachmentId');
  for await (const { bytes, end } of splitRecords(stream, { quoted: true })) {
    const marked = bytes !== null && BOM.equals(bytes.subarray(0, BOM.length));
    const record = marked ? bytes.subarray(BOM.length) : bytes;
    if (record === null) break;
    if (record[0] === BRACE) return { columns: null, offset: marked ? BOM.length : 0 };
    return { columns: readColumns(Buffer.from(record).toString('utf8'), IMPORTS[of]), offset: end };
  }
  throw new ServiceError('unprocessable', 'The file begins with no row of columns and no line of JSON.', {
    reason: 'invalid_field',
  });
}
