import { createHash } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type pg from 'pg';
import type { BulkAction } from '#schema/api/bulk.ts';
import { type Id, idToUuid, newId, parseId, uuidToId } from '#schema/ids.ts';
import { changeTickets } from '#services/bulk/change-tickets.ts';
import { noAttempts } from '#services/bulk/decide-each.ts';
import { runBulkJob } from '#services/bulk/run-bulk-job.ts';
import { startImport } from '#services/exchange/start-import.ts';
import { type Kernel, runVerb } from '#services/kernel/run-verb.ts';
import type { AnyVerb, FarSide } from '#services/kernel/verb.ts';
import type { Wake } from '#services/kernel/wake.ts';
import type { FileStore } from '#services/storage/file-store.ts';
import { type CreateTicketInput, createTicket } from '#services/tickets/create-ticket.ts';
import type { FilledDesk } from './fill/fill-desk.ts';
import { credentialOf } from './lists.ts';
import { percentile } from './percentile.ts';
import type { Row, Section } from './table.ts';

const CREATIONS = 50;
const MESSAGES_PER_LINE = 5;
const MIB = 1024 ** 2;
/** A line of the imported file, whatever its number; so any part of the file is known without the rest. */
const LINE = (n: number): string =>
  `Guest ${String(n).padStart(7, '0')},guest-${String(n).padStart(7, '0')}@import.example\n`;
const LINE_BYTES = LINE(0).length;
const HEAD = 'name,email\n';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

export interface BulkPart {
  client: pg.Client;
  filled: FilledDesk;
  contacts: number;
  kernelAt(now: Date): Kernel;
  say(line: string): void;
}

/** Writes of many: a creation for comparison, a job of five hundred, an import. */
export async function measureBulk(part: BulkPart): Promise<Section> {
  return {
    title: `Writes of many, ${part.filled.tickets.toLocaleString('en')} tickets`,
    rows: [await creations(part), ...(await job(part)), await importOf(part)],
    notes: [
      'Goals, time in the database: create 15 ms, 200 tickets of a chunk 400 ms. database ms: of all trips, the way to it included.',
      'trips and statements: of the heaviest, and of a message with several chunks for each of them. heap MiB: the most that JavaScript still needed while a file came in, the bench itself included.',
    ],
  };
}

async function ask<Input, Output>(
  { filled }: BulkPart,
  kernel: Kernel,
  verb: AnyVerb<Input, Output>,
  input: Input,
  far?: FarSide,
) {
  const credential = credentialOf(filled.owner.token);
  const outcome = await runVerb(kernel, verb, input, { credential, ...(far === undefined ? {} : { far }) });
  if (outcome.kind !== 'done') throw new TypeError('nothing is replayed here');
  return outcome.output;
}

type Spent = Kernel['db']['spent'];

const figures = (what: string, times: readonly number[], { trips, statements }: Spent, more: Row = {}): Row => ({
  what,
  'database p50 ms': percentile(times, 50),
  'database p95 ms': percentile(times, 95),
  trips,
  statements,
  'heap MiB': null,
  ...more,
});

async function creations(part: BulkPart): Promise<Row> {
  const times: number[] = [];
  let last = part.kernelAt(new Date());
  for (let n = 0; n < CREATIONS; n += 1) {
    last = part.kernelAt(new Date());
    const input = {
      subject: `Created ${n}`,
      body: 'Where is it?',
      requester: { email: `person-${n}@company-0.example` },
    };
    await ask(part, last, createTicket, input as CreateTicketInput);
    times.push(last.db.spent.milliseconds);
  }
  return figures('create', times, last.db.spent);
}

async function job(part: BulkPart): Promise<Row[]> {
  const { rows } = await part.client.query<{ id: string }>(
    "select id from tickets where status_category = 'open' order by number desc limit 500",
  );
  const ids = rows.map(({ id }) => uuidToId('tkt', id));
  const action: BulkAction = { type: 'priority', priority: 'urgent' };
  const submitted = part.kernelAt(new Date());
  const input = { ids, filter: undefined, action, attempts: noAttempts() };
  const answer = await ask(part, submitted, changeTickets, input);
  if (!('job' in answer)) throw new TypeError('so many are a job');
  const { times, heaviest } = await workThrough(part, answer.job.id as Id<'bulk'>);
  return [
    figures('bulk of 500: its submission', [submitted.db.spent.milliseconds], submitted.db.spent),
    figures(`bulk of 500: a chunk, in ${times.length} messages`, times, heaviest),
  ];
}

async function importOf(part: BulkPart): Promise<Row> {
  const { client, contacts, say } = part;
  const kernel = part.kernelAt(new Date());
  const attachmentId = newId(kernel.ids, 'tatt');
  await client.query(
    `insert into ticket_attachments (id, state, purpose, actor_kind, actor_id, filename, content_type, size_bytes, sha256, storage_key, expires_at)
     select $1::uuid, 'staged', 'import', 'api_key', principal_id, 'contacts.csv', 'text/csv', $2, $3, 'import/' || $1::uuid, now() + interval '1 day'
     from api_keys where id = $4::uuid`,
    [
      idToUuid(attachmentId),
      HEAD.length + LINE_BYTES * contacts,
      createHash('sha256').digest(),
      idToUuid((credentialOf(part.filled.owner.token) as { keyId: Id<'key'> }).keyId),
    ],
  );
  const files = madeUp(contacts);
  const started = await ask(
    part,
    kernel,
    startImport,
    { of: 'contacts', attachmentId, mode: 'upsert', dryRun: false },
    { ...NOTHING_FAR, files },
  );
  const jobId = parseId('bulk', started.jobId);
  let heap = 0;
  const { times, heaviest } = await workThrough(part, jobId, files, async (done) => {
    if (done % MESSAGES_PER_LINE !== 1) return;
    collectGarbage();
    heap = Math.max(heap, process.memoryUsage().heapUsed);
    const { rows } = await client.query<{ total: number }>('select total from bulk_jobs where id = $1', [
      idToUuid(jobId),
    ]);
    say(`  ${rows[0]?.total.toLocaleString('en')} of ${contacts.toLocaleString('en')} contacts`);
  });
  const what = `import of ${contacts.toLocaleString('en')} contacts: a chunk, in ${times.length} messages`;
  return figures(what, times, heaviest, { 'heap MiB': Math.round(heap / MIB) });
}

const outOfReach = (): never => {
  throw new TypeError('an import asks for its file alone');
};

/** All that lies beyond the database, out of reach but for the file. */
const NOTHING_FAR: Omit<FarSide, 'files'> = {
  issuerKeys: outOfReach,
  outbound: {
    fetch: outOfReach,
    now: Date.now,
    policy: { ownHosts: [], deniedHosts: [], localOrigins: [] },
    dohUrl: '',
    resolved: new Map(),
  },
  publicOrigin: 'https://desk.example.com',
  filesOrigin: 'https://desk.example.com',
};

/** As its queue would: message by message, as long as the job wakes itself; what a chunk takes. */
async function workThrough(
  { kernelAt }: BulkPart,
  jobId: Id<'bulk'>,
  files?: FileStore,
  after: (messages: number) => Promise<void> = async () => undefined,
): Promise<{ times: number[]; heaviest: Spent }> {
  const times: number[] = [];
  let heaviest: Spent | undefined;
  for (;;) {
    let woken = false;
    const waker = {
      async wake(wakes: readonly Wake[]) {
        woken ||= wakes.some(({ message }) => message.kind === 'bulk_job');
      },
    };
    const kernel = { ...kernelAt(new Date()), waker };
    const chunks = await commitsOf(kernel, () => runBulkJob(kernel, jobId, files));
    const { trips, statements, milliseconds } = kernel.db.spent;
    const each = { trips: trips / chunks, statements: statements / chunks, milliseconds: milliseconds / chunks };
    times.push(each.milliseconds);
    if (heaviest === undefined || each.statements > heaviest.statements) heaviest = each;
    await after(times.length);
    if (!woken) return { times, heaviest };
  }
}

async function commitsOf({ db }: Kernel, work: () => Promise<void>): Promise<number> {
  const { batch } = db;
  let commits = 0;
  db.batch = ((statements, options) => {
    if (options.kind === 'commit') commits += 1;
    return batch.call(db, statements, options);
  }) as typeof batch;
  await work();
  return Math.max(1, commits);
}

/** A file that nobody holds: what is asked for is made as it is read. */
function madeUp(lines: number): FileStore {
  const refuse = () => Promise.reject(new TypeError('this file is only read'));
  return {
    write: refuse,
    delete: refuse,
    list: refuse,
    async read(_key, range = { offset: 0, length: HEAD.length + lines * LINE_BYTES }) {
      let at = range.offset;
      const end = range.offset + range.length;
      return new ReadableStream({
        pull(controller) {
          if (at >= end) return controller.close();
          const inBody = at - HEAD.length;
          const piece = inBody < 0 ? HEAD.slice(at) : LINE(Math.floor(inBody / LINE_BYTES)).slice(inBody % LINE_BYTES);
          const bytes = new TextEncoder().encode(piece.slice(0, end - at));
          at += bytes.length;
          controller.enqueue(bytes);
        },
      });
    },
  };
}
