import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Id, idToUuid } from '#schema/ids.ts';
import { runBulkJob } from '#services/bulk/run-bulk-job.ts';
import { csvCells, csvRecord, unguarded } from '#services/exchange/csv.ts';
import { type AccessDesk, openAccessDesk } from '#tests/support/access-desk.ts';
import { testKernel } from '#tests/support/kernel.ts';
import { memoryFiles } from '#tests/support/memory-files.ts';

let desk: AccessDesk;
const files = memoryFiles();
beforeAll(async () => {
  desk = await openAccessDesk();
});
afterAll(() => desk.close());

async function stage(bytes: string | Uint8Array): Promise<Id<'tatt'>> {
  const response = await desk.worker.fetch('/api/v1/attachments?purpose=import', {
    method: 'POST',
    headers: {
      authorization: `Bearer ${desk.owner.token}`,
      'content-type': 'text/plain',
      'content-disposition': 'attachment; filename="people.txt"',
    },
    body: bytes as BodyInit,
  });
  const answer = (await response.json()) as { id: Id<'tatt'> };
  expect(response.status, JSON.stringify(answer)).toBe(201);
  const [row] = await desk.db.query<{ storage_key: string }>(
    'select storage_key from ticket_attachments where id = $1',
    [idToUuid(answer.id)],
  );
  files.objects.set(row?.storage_key ?? '', Buffer.from(bytes));
  return answer.id;
}

async function begin(bytes: string | Uint8Array, body: object = {}): Promise<Id<'bulk'>> {
  const started = await desk.owner.post('/imports', { attachmentId: await stage(bytes), ...body });
  expect([started.status, started.trips], JSON.stringify(started.body)).toEqual([202, 2]);
  return started.body.jobId;
}

const jobOf = async (jobId: Id<'bulk'>) =>
  (
    await desk.db.query<{ state: string; total: number; succeeded: number; unchanged: number; failed: number }>(
      'select state, total, succeeded, unchanged, failed from bulk_jobs where id = $1',
      [idToUuid(jobId)],
    )
  )[0];

const resultsOf = (jobId: Id<'bulk'>) =>
  desk.db.query<{ position: number; state: string; code: string | null; reason: string | null }>(
    'select position, state, code, reason from bulk_job_items where job_id = $1 order by position',
    [idToUuid(jobId)],
  );

/** A message reads its job, and each of its chunks takes two trips then. */
async function step(jobId: Id<'bulk'>): Promise<void> {
  const kernel = testKernel(desk.db.url);
  const { batch } = kernel.db;
  let commits = 0;
  kernel.db.batch = ((statements, options) => {
    if (options.kind === 'commit') commits += 1;
    return batch.call(kernel.db, statements, options);
  }) as typeof batch;
  await runBulkJob(kernel, jobId, files);
  expect(kernel.db.spent.trips).toBeLessThanOrEqual(1 + 2 * commits);
}

async function finish(jobId: Id<'bulk'>): Promise<void> {
  for (let n = 0; n < 50 && (await jobOf(jobId))?.state !== 'done'; n += 1) await step(jobId);
}

const ndjson = (lines: readonly object[]) => lines.map((line) => `${JSON.stringify(line)}\n`).join('');
const byEmail = async (email: string) => (await desk.owner.get(`/contacts?email=${email}`)).body.data;

test('a CSV with a mark, quotes and lines in cells comes in through the queue as it was meant', async () => {
  await desk.owner.post('/organizations', { name: 'Acme', externalId: 'acme', domains: ['acme.example'] });
  await desk.owner.post('/ticket-fields', { appliesTo: 'contact', key: 'seats', type: 'integer', label: 'Seats' });
  const csv = [
    '\uFEFFname,email,email2,title,phone,organizationExternalId,organizationDomain,attributes.seats',
    '"Park, ""Ada""",Ada@one.example,ada@two.example,"Head\r\nof",\'+44 20 7946 0000,acme,,5',
    'Bo,bo@one.example,,,,,https://www.Acme.example/,',
    'Cy,no address,,,,,,',
    'Di,di@one.example,,,,,nobody.example,',
    'Eve,eve@one.example,,,,,,many',
    'too,few',
    '',
    'Bo again,bo@one.example,,,,,,',
  ].join('\r\n');
  const jobId = await begin(csv);
  await desk.worker.queue('events', [{ body: { kind: 'bulk_job', id: jobId } }]);
  expect(await jobOf(jobId)).toEqual({ state: 'done', total: 7, succeeded: 1, unchanged: 0, failed: 6 });
  expect(await resultsOf(jobId)).toEqual([
    { position: 0, state: 'refused', code: 'invalid_request', reason: null },
    { position: 1, state: 'ok', code: null, reason: null },
    { position: 2, state: 'refused', code: 'invalid_request', reason: null },
    { position: 3, state: 'refused', code: 'unprocessable', reason: 'unknown_reference' },
    { position: 4, state: 'refused', code: 'unprocessable', reason: 'invalid_field' },
    { position: 5, state: 'refused', code: 'invalid_request', reason: null },
    { position: 6, state: 'refused', code: 'conflict', reason: 'email_taken' },
  ]);
  const again = await begin(csv.replace('"Head\r\nof"', '"Head, of"'), { mode: 'upsert' });
  await finish(again);
  const [ada] = await byEmail('ada@two.example');
  expect(ada).toMatchObject({
    name: 'Park, "Ada"',
    title: 'Head, of',
    phone: '+44 20 7946 0000',
    organizationSource: 'import',
    attributes: { seats: 5 },
    emails: [
      { email: 'ada@one.example', isPrimary: true, verifiedAt: null },
      { email: 'ada@two.example', isPrimary: false, verifiedAt: null },
    ],
  });
  expect((await byEmail('bo@one.example'))[0]).toMatchObject({ name: 'Bo again' });
  const { audit } = await desk.told();
  expect(audit.map(({ action }) => action).filter((action) => action.startsWith('import.'))).toEqual([
    'import.started',
    'import.finished',
    'import.started',
    'import.finished',
  ]);
});

test('an import killed after any chunk gives the same result list, and nothing twice', async () => {
  const people = Array.from({ length: 1203 }, (_, n) => ({
    name: `Person ${n} É`,
    emails: [`p${n % 1100}@kill.example`],
    ...(n % 7 === 0 ? { externalId: `kill-${n}` } : {}),
    ...(n === 700 ? { emails: ['broken'] } : {}),
  }));
  const whole = await begin(ndjson(people));
  await finish(whole);
  const expected = await resultsOf(whole);
  expect(expected.filter(({ state }) => state === 'ok')).toHaveLength(1099);
  const count = async () =>
    (
      await desk.db.query<{ n: number }>(
        "select count(*)::int as n from contact_emails where email like '%@kill.example' and active",
      )
    )[0]?.n;
  expect(await count()).toBe(1099);
  await desk.db.query(
    "delete from contacts where id in (select contact_id from contact_emails where email like '%@kill.example')",
  );

  const jobId = await begin(ndjson(people));
  for (let n = 0; (await jobOf(jobId))?.state !== 'done'; n += 1) {
    expect(n).toBeLessThan(20);
    const kernel = testKernel(desk.db.url);
    const { batch } = kernel.db;
    // Killed before its commit is sent, and killed after it: the answer never comes.
    kernel.db.batch = (async (statements, options) => {
      if (options.kind === 'commit' && n % 3 === 0) throw new Error('killed');
      const answer = await batch.call(kernel.db, statements, options);
      if (options.kind === 'commit' && n % 3 === 1) throw new Error('killed');
      return answer;
    }) as typeof batch;
    await runBulkJob(kernel, jobId, files).catch((error: unknown) => expect(String(error)).toContain('killed'));
    // Two messages for one job at once.
    if (n % 3 === 2) await Promise.allSettled([step(jobId), step(jobId)]);
  }
  expect(await resultsOf(jobId)).toEqual(expected);
  expect(await count()).toBe(1099);
  const { events } = await desk.told();
  const seqs = events.filter(({ type }) => type === 'contact.created').map(({ entity_seq }) => entity_seq);
  expect(new Set(seqs)).toEqual(new Set(['1']));
});

test('an upsert finds by external id, then by address, brings back archived ones, and equals the operation on one', async () => {
  const make = async (body: object) => (await desk.owner.post('/contacts', body)).body;
  const called = await make({ name: 'Called', externalId: 'up-1', emails: [{ email: 'a@up.example' }] });
  const archived = await make({ name: 'Gone', phone: '1 23456', emails: [{ email: 'b@up.example' }] });
  expect((await desk.owner.post(`/contacts/${archived.id}/archive`)).status).toBe(200);
  const lines = [
    { externalId: 'up-1', title: 'Boss', emails: ['a2@up.example'] },
    { name: 'Gone', emails: ['b@up.example'] },
    { externalId: 'up-1', phone: '2 23456' },
    { externalId: 'up-1', phone: '2 23456' },
    { name: 'X', emails: ['a@up.example'], externalId: 'up-2' },
    { name: 'New', emails: ['new@up.example'] },
    { name: null, emails: ['new@up.example'], title: 'T' },
  ];
  const dry = await begin(ndjson(lines), { mode: 'upsert', dryRun: true });
  const before = await desk.db.query('select id, version from contacts order by id');
  await step(dry);
  expect(await desk.db.query('select id, version from contacts order by id')).toEqual(before);
  const jobId = await begin(ndjson(lines), { mode: 'upsert' });
  await finish(jobId);
  expect((await resultsOf(jobId)).map(({ state }) => state)).toEqual([
    ...['ok', 'ok', 'ok', 'unchanged', 'ok', 'ok', 'ok'],
  ]);
  const read = async (id: string) => (await desk.owner.get(`/contacts/${id}`)).body;
  expect(await read(called.id)).toMatchObject({
    name: 'X',
    title: 'Boss',
    phone: '2 23456',
    externalId: 'up-2',
    emails: [{ email: 'a@up.example', isPrimary: true }, { email: 'a2@up.example' }],
    version: 4,
  });
  expect(await read(archived.id)).toMatchObject({ archivedAt: null, phone: '1 23456', emails: [{ active: true }] });
  expect(await byEmail('new@up.example')).toMatchObject([{ name: null, title: 'T' }]);
});

test('organizations come in by external id, then by domain; each line is told what became of it', async () => {
  const made = async (body: object) => (await desk.owner.post('/organizations', body)).body;
  const called = await made({ name: 'Called', externalId: 'o-1', domains: ['called.example'], notes: 'kept' });
  const gone = await made({ name: 'Gone', domains: ['gone.example'] });
  expect((await desk.owner.post(`/organizations/${gone.id}/archive`)).status).toBe(200);
  const lines = [
    { externalId: 'o-1', website: 'https://called.example/', domains: ['https://www.second.example/x'] },
    { name: 'Back', domains: ['gone.example'] },
    { externalId: 'o-1', website: 'https://called.example/' },
    { name: 'Free', domains: ['co.uk'] },
    { externalId: 'o-2', domains: ['new.example'] },
    { name: 'New', externalId: 'o-2', domains: ['new.example'] },
    { name: 'Other', externalId: 'o-3', domains: ['fresh.example', 'called.example'] },
    { name: 'Bad', domains: ['no domain'] },
  ];
  const before = await desk.db.query('select id, version from organizations order by id');
  await step(await begin(ndjson(lines), { of: 'organizations', mode: 'upsert', dryRun: true }));
  expect(await desk.db.query('select id, version from organizations order by id')).toEqual(before);
  const jobId = await begin(ndjson(lines), { of: 'organizations', mode: 'upsert' });
  await finish(jobId);
  expect((await resultsOf(jobId)).map(({ state, code, reason }) => [state, reason ?? code])).toEqual([
    ...[
      ['ok', null],
      ['ok', null],
      ['unchanged', null],
    ],
    ...[
      ['refused', 'public_suffix'],
      ['refused', 'invalid_request'],
      ['ok', null],
    ],
    ...[
      ['ok', null],
      ['refused', 'invalid_request'],
    ],
  ]);
  const read = async (id: string) => (await desk.owner.get(`/organizations/${id}`)).body;
  expect(await read(called.id)).toMatchObject({
    name: 'Other',
    externalId: 'o-3',
    website: 'https://called.example/',
    notes: 'kept',
    domains: [{ domain: 'called.example', isPrimary: true }, { domain: 'second.example' }, { domain: 'fresh.example' }],
    version: 3,
  });
  expect(await read(gone.id)).toMatchObject({ name: 'Back', archivedAt: null, domains: [{ active: true }] });
  const twice = await begin(ndjson(lines.slice(5, 6)), { of: 'organizations' });
  await finish(twice);
  expect((await resultsOf(twice))[0]).toMatchObject({ state: 'refused', reason: 'domain_taken' });
});

test('whoever loses the right on the way is heard no more', async () => {
  const { caller } = await desk.holder(['org.manage', 'ticket.view_all']);
  const owner = desk.owner;
  const attachmentId = await stage(ndjson([{ name: 'Late' }]));
  expect((await caller.post('/imports', { attachmentId })).body.reason).toBe('unknown_reference');
  const { body } = await owner.post('/imports', { attachmentId });
  await desk.db.query('update bulk_jobs set params = params || \'{"keys": []}\' where id = $1', [idToUuid(body.jobId)]);
  await step(body.jobId);
  expect(await jobOf(body.jobId)).toMatchObject({ state: 'failed', total: 0 });
  const strange = await owner.post('/imports', { attachmentId: await stage('name,colour\nA,red\n') });
  expect([strange.status, strange.body.reason, strange.body.columns]).toEqual([422, 'invalid_field', ['colour']]);
});

test('no cell of a CSV starts a formula, and what was guarded comes back as it was', () => {
  for (const text of [
    '=1+1',
    '+44',
    '-1',
    '@x',
    '\tx',
    '\rx',
    "'=1",
    "''",
    "'a",
    'plain',
    '',
    'a"b',
    'a,b',
    'a\r\nb',
  ]) {
    const record = csvRecord([text, 'x']);
    const [cell = ''] = csvCells(record.slice(0, -2)) ?? [];
    expect(cell).not.toMatch(/^[=+\-@\t\r]/);
    expect(unguarded(cell)).toBe(text);
  }
});
