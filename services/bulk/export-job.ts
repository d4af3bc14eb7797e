import { createHash } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { idToUuid, newId } from '#schema/ids.ts';
import { objectDeletions, ticketAttachments } from '#schema/index.ts';
import type { Authority } from '#services/access/authority.ts';
import { holdsAnywhere, holdsAtWorkspace } from '#services/access/can.ts';
import { systemPermit } from '#services/access/permit.ts';
import { csvRecord } from '#services/exchange/csv.ts';
import { writeRows } from '#services/exchange/export-format.ts';
import { EXPORT_PAGES, ROWS_AT_ONCE } from '#services/exchange/export-pages.ts';
import type { ExportParams } from '#services/exchange/start-export.ts';
import { change } from '#services/kernel/change.ts';
import { guard, qb, statement } from '#services/kernel/query.ts';
import { type Kernel, runSystemVerb } from '#services/kernel/run-verb.ts';
import { defineSystemVerb } from '#services/kernel/verb.ts';
import type { FileStore } from '#services/storage/file-store.ts';
import { askerOf, askersAuth, askersAuthority } from './asker.ts';
import type { BulkJob } from './bulk-job.ts';

const KEPT_HOURS = 24;

/** What was written beside the database: one part, and after the last one the whole. */
interface Written {
  bytes: number;
  rows: number;
  after: string | null;
  whole: { sizeBytes: number; sha256: Uint8Array } | null;
}

const paramsOf = ({ params }: BulkJob): ExportParams => params as unknown as ExportParams;
const partKey = ({ storageKey }: ExportParams, n: number): string => `${storageKey}-${n}`;

const mayStill = (authority: Authority | undefined, { of }: ExportParams): authority is Authority =>
  authority !== undefined &&
  (of === 'tickets' ? holdsAnywhere(authority, 'ticket.export') : holdsAtWorkspace(authority, 'org.export'));

const exportChunk = defineSystemVerb({
  name: 'exportChunk',
  actor: 'system',
  load: ({ job }: { job: BulkJob }, { now }) => {
    const { of, after, contactId } = paramsOf(job);
    return {
      authority: askersAuthority(job, now),
      page: EXPORT_PAGES[of]({ after, contactId, auth: askersAuth(job, now) }),
    };
  },
  decide(_loaded, { job }, by, written: Written | null) {
    const permit = systemPermit('bulk_job');
    const params = paramsOf(job);
    const ended = written === null || written.whole !== null;
    const fileId = newId(by.ids, 'tatt');
    const moved = {
      after: written?.after ?? params.after,
      sizes: [...params.sizes, ...(written === null ? [] : [written.bytes])],
    };
    const progress = guard(
      sql`update bulk_jobs set params = params || ${JSON.stringify(moved)}::jsonb, total = total + ${written?.rows ?? 0},
          succeeded = succeeded + ${written?.rows ?? 0}, heartbeat_at = ${by.now}::timestamptz,
          state = ${written === null ? 'failed' : ended ? 'done' : 'running'}, finished_at = ${ended ? by.now : null}::timestamptz,
          result_attachment_id = ${written?.whole ? idToUuid(fileId) : null}::uuid
        where id = ${idToUuid(job.id)}::uuid and state in ('queued', 'running') and jsonb_array_length(params -> 'sizes') = ${params.sizes.length}`,
      1,
      'job',
    );
    const { of, columns, storageKey } = params;
    const extension = columns === null ? 'ndjson' : 'csv';
    const file = {
      ...{ id: fileId, purpose: 'export' as const, actorKind: job.actorKind, actorId: job.actorId, storageKey },
      filename: `${of}-${by.now.toISOString().slice(0, 10)}.${extension}`,
      contentType: columns === null ? 'application/x-ndjson' : 'text/csv',
      expiresAt: new Date(by.now.getTime() + KEPT_HOURS * 3_600_000),
      createdAt: by.now,
    };
    const parts = moved.sizes.map((_, n) => ({ storageKey: partKey(params, n), notBefore: by.now }));
    return change({
      permit,
      answer: ended ? undefined : { ...job, params: { ...job.params, ...moved }, total: job.total + written.rows },
      writes: [
        ...(written?.whole ? [statement(qb.insert(ticketAttachments).values({ ...file, ...written.whole }))] : []),
        progress,
        ...(ended && parts.length > 0
          ? [statement(qb.insert(objectDeletions).values(parts).onConflictDoNothing())]
          : []),
      ],
      audit: ended
        ? {
            action: 'export.finished',
            target: { type: 'bulk_job', id: job.id },
            changes: { rows: [null, job.total + (written?.rows ?? 0)] },
          }
        : null,
    });
  },
});

/**
 * Writes the next rows of an export as a part, the last ones and then all parts as one file. A killed chunk writes its part
 * anew. Parts are objects of their own, not of a multipart upload: R2 wants at least 5 MiB there, the same in all but the
 * last, which 1,000 rows never are; a remainder kept between chunks would be an object again, and what is read once more
 * for the digest of the whole can be joined on the way.
 */
export const exportOfJob = (kernel: Kernel, job: BulkJob, files: FileStore): Promise<BulkJob | undefined> =>
  runSystemVerb(kernel, exportChunk, { job }, askerOf(job), async ({ authority: asker, page }) => {
    const params = paramsOf(job);
    const authority = asker(job);
    if (!mayStill(authority, params)) return null;
    const found = page(authority);
    const lines = found.flatMap(({ line }) => (line === null ? [] : [line]));
    const isFirst = params.sizes.length === 0;
    const { columns } = params;
    const text =
      isFirst && columns !== null ? csvRecord(columns) + writeRows(lines, columns) : writeRows(lines, columns);
    const isLast = found.length < ROWS_AT_ONCE;
    // A file has bytes: an export of nothing is one empty line.
    const bytes = new TextEncoder().encode(text === '' && isFirst && isLast ? '\n' : text);
    if (bytes.length > 0) await files.write(partKey(params, params.sizes.length), streamOf(bytes), bytes.length);
    const sizes = [...params.sizes, bytes.length];
    return {
      bytes: bytes.length,
      rows: lines.length,
      after: found.at(-1)?.at ?? params.after,
      whole: isLast ? await putTogether(files, params, sizes) : null,
    };
  });

const streamOf = (bytes: Uint8Array): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start(controller) {
      controller.enqueue(bytes);
      controller.close();
    },
  });

/** The parts one behind the other as one object, streamed and hashed on the way. */
async function putTogether(files: FileStore, params: ExportParams, sizes: readonly number[]) {
  const hash = createHash('sha256');
  async function* all(): AsyncGenerator<Uint8Array> {
    for (const [n, size] of sizes.entries()) {
      if (size === 0) continue;
      const part = await files.read(partKey(params, n));
      if (part === undefined) throw new Error(`part ${n} of ${params.storageKey} is gone`);
      for await (const piece of part as unknown as AsyncIterable<Uint8Array>) {
        hash.update(piece);
        yield piece;
      }
    }
  }
  const pieces = all();
  const whole = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { value, done } = await pieces.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  });
  const sizeBytes = sizes.reduce((sum, size) => sum + size, 0);
  await files.write(params.storageKey, whole, sizeBytes);
  return { sizeBytes, sha256: hash.digest() };
}
