import { sql } from 'drizzle-orm';
import { ServiceError } from '#schema/errors.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { holdsAtWorkspace } from '#services/access/can.ts';
import { systemPermit } from '#services/access/permit.ts';
import type { FieldDefinition } from '#services/custom-fields/field-definition.ts';
import type { RecordRow } from '#services/directory/record-kind.ts';
import { decideChunk, type LineOutcome } from '#services/exchange/decide-chunk.ts';
import { readLine } from '#services/exchange/import-line.ts';
import { IMPORTS } from '#services/exchange/imports.ts';
import type { AnyLine, KnownFacts, LineKind } from '#services/exchange/line-kind.ts';
import { splitRecords } from '#services/exchange/split-records.ts';
import type { ImportParams } from '#services/exchange/start-import.ts';
import { change } from '#services/kernel/change.ts';
import { guard, run, type Statement } from '#services/kernel/query.ts';
import { type Kernel, runSystemVerb } from '#services/kernel/run-verb.ts';
import { defineSystemVerb } from '#services/kernel/verb.ts';
import type { FileStore } from '#services/storage/file-store.ts';
import { askerOf, askersAuthority } from './asker.ts';
import type { BulkJob } from './bulk-job.ts';

const LINES_AT_ONCE = 500;
const MOST_LINES = 100_000;
type Asker = ReturnType<ReturnType<typeof askersAuthority>['read']>;

const RACES = [
  'contact_emails_email_key',
  'contacts_external_id_key',
  'organization_domains_domain_key',
  'organizations_external_id_key',
];

/** A line as it stands in the file, and the byte behind it. */
interface Read {
  bytes: Uint8Array | null;
  end: number;
}

interface ChunkInput {
  job: BulkJob;
  read: readonly Read[];
  /** The file has no line after these. */
  ended: boolean;
}

const paramsOf = ({ params }: BulkJob): ImportParams => params as unknown as ImportParams;

/** Lines are parsed without the fields first: what a line names does not hang on them. */
function importer<Line extends AnyLine, Row extends RecordRow, Facts extends KnownFacts<Row>>(
  kind: LineKind<Line, Row, Facts>,
) {
  const linesOf = (
    { columns }: ImportParams,
    read: readonly Read[],
    fields: readonly FieldDefinition[],
  ): (Line | ServiceError)[] =>
    read.map(({ bytes }) => {
      try {
        return readLine(bytes, columns, fields, kind);
      } catch (error) {
        if (error instanceof ServiceError) return error;
        throw error;
      }
    });
  const importChunk = defineSystemVerb({
    name: 'importChunk',
    actor: 'system',
    retryOn: RACES,
    load: ({ job, read }: ChunkInput, { now }) => ({
      authority: askersAuthority(job, now),
      ...kind.load(linesOf(paramsOf(job), read, []).flatMap((line) => (line instanceof ServiceError ? [] : [line]))),
    }),
    decide(loaded, { job, read, ended }, by) {
      // What a generic load answers is not followed by the checker.
      const facts = loaded as unknown as Facts & { authority: Asker };
      const permit = systemPermit('bulk_job');
      const params = paramsOf(job);
      const authority = facts.authority(job);
      if (authority === undefined || !holdsAtWorkspace(authority, 'org.manage'))
        return change({
          permit,
          answer: undefined,
          writes: [progress(job, { offset: params.offset, outcomes: [], state: 'failed' }, by.now)],
          audit: finished(job, { failed: 'authority_lost' }),
        });
      const room = MOST_LINES - params.line;
      const lines = linesOf(params, read.slice(0, room), facts.fields);
      const { outcomes, also } = decideChunk(kind, lines, params.mode, facts, by);
      const isOver = read.length > room && outcomes.length === room;
      if (isOver) outcomes.push({ state: 'refused', code: 'unprocessable', reason: 'limit_reached', resultId: null });
      const last = isOver || (ended && outcomes.length === read.length);
      const offset = read[outcomes.length - 1]?.end ?? params.offset;
      const writes = [
        ...(outcomes.length === 0 ? [] : [recorded(job, outcomes)]),
        progress(job, { offset, outcomes, state: last ? 'done' : 'running' }, by.now),
      ];
      return change({
        permit,
        answer: last ? undefined : { ...job, params: { ...job.params, ...moved(job, offset, outcomes) } },
        ...(params.dryRun ? {} : also),
        writes: params.dryRun ? writes : [...(also.writes ?? []), ...writes],
        audit: last ? finished(job, { lines: params.line + outcomes.length }) : null,
      });
    },
  });
  return (kernel: Kernel, input: ChunkInput) => runSystemVerb(kernel, importChunk, input, askerOf(input.job));
}

const IMPORTERS = { contacts: importer(IMPORTS.contacts), organizations: importer(IMPORTS.organizations) };

const finished = ({ id }: BulkJob, changes: Record<string, unknown>) => ({
  action: 'import.finished',
  target: { type: 'bulk_job', id },
  changes: Object.fromEntries(Object.entries(changes).map(([key, value]) => [key, [null, value]])),
});

/** What became of each line. A twin that was first has them already, and this one rolls back. */
function recorded(job: BulkJob, outcomes: readonly LineOutcome[]): Statement {
  const { line } = paramsOf(job);
  const items = outcomes.map((outcome, i) => ({
    ...outcome,
    position: line + i,
    resultId: outcome.resultId === null || paramsOf(job).dryRun ? null : idToUuid(outcome.resultId as Id),
  }));
  return run(sql`insert into bulk_job_items (job_id, position, state, code, reason, result_id)
    select ${idToUuid(job.id)}::uuid, i.position, i.state, i.code, i.reason, i."resultId"
    from jsonb_to_recordset(${JSON.stringify(items)}::jsonb) as i(position integer, state text, code text, reason text, "resultId" uuid)`);
}

/** The place in the file behind what a chunk has read. */
const moved = (job: BulkJob, offset: number, outcomes: readonly LineOutcome[]) => ({
  offset,
  line: paramsOf(job).line + outcomes.length,
});

/** The place in the file moves in the commit of the lines before it, from where this chunk began and from nowhere else. */
function progress(
  job: BulkJob,
  {
    offset,
    outcomes,
    state,
  }: { offset: number; outcomes: readonly LineOutcome[]; state: 'running' | 'done' | 'failed' },
  now: Date,
): Statement {
  const { offset: before } = paramsOf(job);
  const count = (what: LineOutcome['state']): number => outcomes.filter((outcome) => outcome.state === what).length;
  return guard(
    sql`update bulk_jobs set params = params || ${JSON.stringify(moved(job, offset, outcomes))}::jsonb, total = total + ${outcomes.length}, succeeded = succeeded + ${count('ok')},
        unchanged = unchanged + ${count('unchanged')}, failed = failed + ${count('refused')}, heartbeat_at = ${now}::timestamptz,
        state = ${state}, finished_at = ${state === 'running' ? null : now}::timestamptz
      where id = ${idToUuid(job.id)}::uuid and state in ('queued', 'running') and (params ->> 'offset')::bigint = ${before}`,
    1,
    'job',
  );
}

/** Works through the next lines of an import; the file is read from where the last commit ended, never as a whole. */
export async function importOfJob(kernel: Kernel, job: BulkJob, files: FileStore): Promise<BulkJob | undefined> {
  const { of, storageKey, sizeBytes, offset, columns } = paramsOf(job);
  const read: Read[] = [];
  let ended = true;
  if (offset < sizeBytes) {
    const stream = await files.read(storageKey, { offset, length: sizeBytes - offset });
    if (stream === undefined) throw new Error(`the file of import ${job.id} is gone`);
    for await (const { bytes, end } of splitRecords(stream, { quoted: columns !== null })) {
      const last = read.at(-1);
      if (bytes?.length === 0) {
        // An empty line is no line; it goes with the one before it.
        if (last !== undefined) last.end = offset + end;
        continue;
      }
      if (read.length === LINES_AT_ONCE) {
        ended = false;
        break;
      }
      read.push({ bytes: bytes === null ? null : Uint8Array.from(bytes), end: offset + end });
    }
  }
  return IMPORTERS[of](kernel, { job, read, ended });
}
