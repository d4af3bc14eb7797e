import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Id, idToUuid } from '#schema/ids.ts';
import { runBulkJob } from '#services/bulk/run-bulk-job.ts';
import { csvCells } from '#services/exchange/csv.ts';
import { type AccessDesk, type Caller, openAccessDesk } from '#tests/support/access-desk.ts';
import { testKernel } from '#tests/support/kernel.ts';
import { memoryFiles } from '#tests/support/memory-files.ts';

let desk: AccessDesk;
const files = memoryFiles();
beforeAll(async () => {
  desk = await openAccessDesk();
});
afterAll(() => desk.close());

const deliver = (jobId: Id<'bulk'>) => desk.worker.queue('events', [{ body: { kind: 'bulk_job', id: jobId } }]);

/** An export as its creator gets it: asked for, worked on by the queue, linked, read. */
async function exported(caller: Caller, path: string, body?: object): Promise<string> {
  const started = await caller.post(path, body);
  expect([started.status, started.trips], JSON.stringify(started.body)).toEqual([202, 2]);
  await deliver(started.body.jobId);
  const job = await caller.get(`/bulk-jobs/${started.body.jobId}`);
  expect(job.body.state, JSON.stringify(job.body)).toBe('done');
  const link = await caller.get(`/attachments/${job.body.resultAttachmentId}/link`);
  expect(link.status).toBe(200);
  const foreign = await desk.holder(['org.export', 'ticket.export', 'ticket.view_all']);
  expect((await foreign.caller.get(`/attachments/${job.body.resultAttachmentId}/link`)).status).toBe(404);
  const response = await desk.worker.fetch(new URL(link.body.url).pathname);
  expect(response.status).toBe(200);
  return response.text();
}

const linesOf = (text: string) =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

const plain = (lines: Record<string, unknown>[]) =>
  lines
    .map(({ id: _id, organizationId: _org, createdAt: _c, updatedAt: _u, ...rest }) => rest)
    .toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));

async function importAll(bytes: string, of: 'contacts' | 'organizations' = 'contacts'): Promise<void> {
  const response = await desk.worker.fetch('/api/v1/attachments?purpose=import', {
    method: 'POST',
    headers: {
      authorization: `Bearer ${desk.owner.token}`,
      'content-type': 'text/plain',
      'content-disposition': 'attachment; filename="x.txt"',
    },
    body: bytes,
  });
  const { id } = (await response.json()) as { id: string };
  const started = await desk.owner.post('/imports', { of, attachmentId: id });
  expect(started.status, JSON.stringify(started.body)).toBe(202);
  await deliver(started.body.jobId);
  const job = (await desk.owner.get(`/bulk-jobs/${started.body.jobId}`)).body;
  expect(job, JSON.stringify(job)).toMatchObject({ state: 'done', failed: 0 });
}

test('what is taken out and brought in again is the same but for ids and times, and no cell starts a formula', async () => {
  await desk.owner.post('/organizations', { name: 'Acme', externalId: 'acme', domains: ['acme.example'] });
  const bySource = (await desk.owner.post('/organizations', { name: 'Zeta', domains: ['zeta.example'] })).body;
  const field = { appliesTo: 'contact', type: 'integer', key: 'seats', label: 'Seats' };
  expect((await desk.owner.post('/ticket-fields', field)).status).toBe(201);
  await desk.owner.post('/ticket-fields', { ...field, key: 'about', type: 'long_text' });
  const people = [
    { name: '=HYPERLINK("http://x")', emails: [{ email: 'eq@out.example' }], phone: '+44 20 7946 0000' },
    { name: '-2+3', title: '@cmd', externalId: "'=quoted" },
    { emails: [{ email: '+plus@out.example' }, { email: 'second@out.example' }], locale: 'de' },
    { name: 'Quote " and, comma 東京', attributes: { seats: 7, about: 'two\nlines' } },
    { name: 'Placed', organizationId: bySource.id, timeZone: 'Europe/Berlin', avatarUrl: 'https://x.example/a.png' },
  ];
  for (const person of people) {
    const made = await desk.owner.post('/contacts', person);
    expect(made.status, JSON.stringify(made.body)).toBe(201);
  }
  const before = await exported(desk.owner, '/exports', { of: 'contacts' });
  const csv = await exported(desk.owner, '/exports', { of: 'contacts', format: 'csv' });
  expect(linesOf(before).length).toBeGreaterThanOrEqual(people.length);
  expect(csv).toContain('"\'=HYPERLINK(""http://x"")"');
  for (const row of csv.split('\r\n').filter((each) => each !== ''))
    for (const cell of csvCells(row) ?? []) expect(cell).not.toMatch(/^[=+\-@\t\r]/);
  for (const file of [before, csv]) {
    await desk.db.query('delete from contacts');
    await importAll(file);
    const after = await exported(desk.owner, '/exports', { of: 'contacts' });
    expect(plain(linesOf(after))).toEqual(plain(linesOf(before)));
  }
});

test('organizations come back as they were taken out, by either format', async () => {
  await desk.db.query('delete from contacts; delete from organizations');
  const field = { appliesTo: 'organization', key: 'tier', type: 'integer', label: 'Tier' };
  expect((await desk.owner.post('/ticket-fields', field)).status).toBe(201);
  const companies = [
    { name: 'Acme', externalId: 'acme', domains: ['acme.example', 'bücher.example'], attributes: { tier: 3 } },
    { name: '=cmd|x', website: 'https://zeta.example/a?b=1,2', notes: 'two\nlines', shareNewTickets: true },
    { name: 'Quote " 東京', colleagueAccess: 'view', externalId: '-1' },
  ];
  for (const company of companies) {
    const made = await desk.owner.post('/organizations', company);
    expect(made.status, JSON.stringify(made.body)).toBe(201);
  }
  const before = await exported(desk.owner, '/exports', { of: 'organizations' });
  const csv = await exported(desk.owner, '/exports', { of: 'organizations', format: 'csv' });
  expect(linesOf(before)).toHaveLength(companies.length);
  for (const file of [before, csv]) {
    await desk.db.query('delete from organizations');
    await importAll(file, 'organizations');
    expect(plain(linesOf(await exported(desk.owner, '/exports', { of: 'organizations' })))).toEqual(
      plain(linesOf(before)),
    );
  }
});

test('who sees no ticket follows the job that they started, and no other, to its file', async () => {
  const { caller } = await desk.holder(['org.view', 'org.export']);
  await exported(caller, '/exports', { of: 'contacts' });
  const { data } = (await caller.get('/bulk-jobs')).body;
  expect(data).toMatchObject([{ kind: 'export', state: 'done' }]);
  expect((await caller.get(`/bulk-jobs/${data[0].id}/items`)).status).toBe(200);
  const other = await desk.holder(['org.view', 'org.export']);
  for (const path of ['', '/items'])
    expect((await other.caller.get(`/bulk-jobs/${data[0].id}${path}`)).status).toBe(404);
  const waiting = (await caller.post('/exports', { of: 'contacts' })).body.jobId;
  expect((await other.caller.post(`/bulk-jobs/${waiting}/cancel`)).status).toBe(404);
  expect((await caller.post(`/bulk-jobs/${waiting}/cancel`)).body.state).toBe('cancelled');
  await deliver(waiting);
  expect((await caller.get(`/bulk-jobs/${waiting}`)).body).toMatchObject({
    state: 'cancelled',
    resultAttachmentId: null,
  });
});

test('tickets are taken out as far as they are seen', async () => {
  const { billing, support } = desk.world.teams;
  const [near, far] = [
    await desk.world.ticket({ primaryTeamId: billing }),
    await desk.world.ticket({ primaryTeamId: support }),
  ];
  const { member, caller } = await desk.holder(['ticket.view_team', 'ticket.export', 'ticket.bulk_operate'], {
    teamId: billing,
  });
  await desk.db.query('insert into team_memberships (team_id, principal_id) values ($1, $2) on conflict do nothing', [
    idToUuid(billing),
    idToUuid(member.id),
  ]);
  const ids = linesOf(await exported(caller, '/exports', { of: 'tickets' })).map(({ id }) => id);
  expect(ids).toContain(near.id);
  expect(ids).not.toContain(far.id);
  expect((await caller.post('/exports', { of: 'contacts' })).status).toBe(403);
  expect(await exported(desk.owner, '/exports', { of: 'tickets', format: 'csv' })).toMatch(/^number,id,subject,/);
});

test('all that is held on one person is theirs alone', async () => {
  const { id } = (await desk.owner.post('/contacts', { name: 'Ada', emails: [{ email: 'ada@held.example' }] })).body;
  const ticket = await desk.owner.post('/tickets', { subject: 'Held', body: 'My words', requester: { contactId: id } });
  await desk.owner.post(`/tickets/${ticket.body.id}/messages`, { body: 'A note on Ada', audience: 'internal' });
  const lines = linesOf(await exported(desk.owner, `/contacts/${id}/export`));
  expect(lines.map(({ type }) => type)).toEqual(['contact', 'email', 'message', 'ticket']);
  expect(JSON.stringify(lines)).toContain('My words');
  expect(JSON.stringify(lines)).not.toContain('A note on Ada');
});

test('an export killed after any chunk gives the same file', async () => {
  await desk.db.query(
    "insert into contacts (name, sort_name) select 'Row ' || n, 'row ' || n from generate_series(1, 2500) n",
  );
  const run = async (kills: boolean): Promise<string> => {
    const { jobId } = (await desk.owner.post('/exports', { of: 'contacts' })).body;
    const stateOf = async () =>
      (
        await desk.db.query<{ state: string; key: string }>(
          "select state, params ->> 'storageKey' as key from bulk_jobs where id = $1",
          [idToUuid(jobId)],
        )
      )[0];
    for (let n = 0; (await stateOf())?.state !== 'done'; n += 1) {
      expect(n).toBeLessThan(20);
      const kernel = testKernel(desk.db.url);
      const { batch } = kernel.db;
      kernel.db.batch = (async (statements, options) => {
        if (kills && options.kind === 'commit' && n % 3 === 0) throw new Error('killed');
        const answer = await batch.call(kernel.db, statements, options);
        if (kills && options.kind === 'commit' && n % 3 === 1) throw new Error('killed');
        return answer;
      }) as typeof batch;
      await runBulkJob(kernel, jobId, files).catch((error: unknown) => expect(String(error)).toContain('killed'));
    }
    return Buffer.from(files.objects.get((await stateOf())?.key ?? '') ?? []).toString('utf8');
  };
  const whole = await run(false);
  expect(linesOf(whole).length).toBeGreaterThanOrEqual(2500);
  expect(await run(true)).toBe(whole);
});

test('an export whose asker loses the right stops before its next part, and gives no file', async () => {
  await desk.db.query(
    "insert into contacts (name, sort_name) select 'More ' || n, 'more ' || n from generate_series(1, 2500) n",
  );
  const { member, caller } = await desk.holder(['org.export', 'org.view']);
  const { jobId } = (await caller.post('/exports', { of: 'contacts' })).body;
  await runBulkJob(testKernel(desk.db.url), jobId, files);
  const jobOf = async () =>
    (
      await desk.db.query<{ state: string; total: number; file: string | null; key: string }>(
        "select state, total, result_attachment_id as file, params ->> 'storageKey' as key from bulk_jobs where id = $1",
        [idToUuid(jobId)],
      )
    )[0];
  const begun = await jobOf();
  expect(begun).toMatchObject({ state: 'running', file: null });
  await desk.db.query(
    "update principal_role_assignments set revoked_at = now(), revoke_reason = 'manual' where principal_id = $1",
    [idToUuid(member.id)],
  );
  await runBulkJob(testKernel(desk.db.url), jobId, files);
  expect(await jobOf()).toMatchObject({ state: 'failed', total: begun?.total, file: null });
  expect(files.objects.has(begun?.key ?? '')).toBe(false);
});
