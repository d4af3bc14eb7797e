import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Id, idToUuid } from '#schema/ids.ts';
import { runBulkJob } from '#services/bulk/run-bulk-job.ts';
import { type AccessDesk, openAccessDesk } from '#tests/support/access-desk.ts';
import { testKernel } from '#tests/support/kernel.ts';
import { columnsThatSay } from '#tests/support/traces.ts';

const NAME = 'Zelda Quint';
const EMAIL = 'zelda@quint.example';
const FILE = 'a/2026-11-26/0042';

let desk: AccessDesk;
beforeAll(async () => {
  desk = await openAccessDesk();
});
afterAll(() => desk.close());

const put = (sql: string, ...params: unknown[]) => desk.db.query(sql, params);

interface Bucket {
  put(key: string, text: string): Promise<unknown>;
  get(key: string): Promise<{ text(): Promise<string> } | null>;
  list(): Promise<{ objects: { key: string }[] }>;
}
const bucket = async () => (await desk.worker.env()).ATTACHMENTS as unknown as Bucket;

async function objectsThatSay(pattern: RegExp): Promise<string[]> {
  const store = await bucket();
  const found: string[] = [];
  for (const { key } of (await store.list()).objects)
    if (pattern.test((await (await store.get(key))?.text()) ?? '')) found.push(key);
  return found;
}

/** Where a person is named beside what they wrote: settings of others, jobs, mail on its way, work that gave up. */
async function personInCorners(): Promise<Id<'contact'>> {
  const field = { appliesTo: 'ticket', key: 'caller', type: 'text', label: 'Caller' };
  expect((await desk.owner.post('/ticket-fields', field)).status).toBe(201);
  const made = await desk.owner.post('/contacts', { name: NAME, externalId: 'crm-1701', emails: [{ email: EMAIL }] });
  const { id } = made.body;
  const ticket = (
    await desk.owner.post(
      '/tickets',
      { subject: 'Login', body: 'Help', requester: { contactId: id } },
      { 'idempotency-key': EMAIL },
    )
  ).body;
  const edit = await desk.owner.patch(`/tickets/${ticket.id}`, { customFields: { caller: `${NAME}, floor 3` } });
  expect(edit.status, JSON.stringify(edit.body)).toBe(200);
  const view = { name: 'Hers', audience: 'private', filter: { requesterEmail: EMAIL, 'field.caller': NAME } };
  expect((await desk.owner.post('/views', view)).status).toBe(201);
  const job = await desk.owner.post('/tickets/bulk', {
    filter: { requesterEmail: EMAIL },
    action: { type: 'fields', customFields: { caller: `${NAME}, floor 3` } },
  });
  expect(job.status, JSON.stringify(job.body)).toBe(202);
  await put(
    'insert into bulk_job_items (job_id, position, input, state) values ($1, 900, $2, $3)',
    ...[idToUuid(job.body.id), JSON.stringify({ email: EMAIL.toUpperCase() }), 'ok'],
  );
  const [contact, own] = [idToUuid(id), idToUuid(ticket.id)];
  // As a mail of hers leaves it: she acted, under her name.
  await put(
    `insert into ticket_activity (ticket_id, revision, type, audience, actor_kind, actor_id, actor_label, cause)
     values ($1, 90, 'updated', 'internal', 'customer', $2, $3, 'customer')`,
    ...[own, contact, NAME],
  );
  await put(
    `insert into inbound_deliveries (source, dedupe_key, headers, payload_key, size_bytes, state)
     values ('mail', 'x', $1, $2, 9, 'dead')`,
    ...[JSON.stringify({ from: EMAIL, 'envelope-from': EMAIL, references: `<1@x> <${EMAIL}>` }), `${FILE}-raw`],
  );
  await put(
    `insert into email_messages (direction, kind, state, from_address, to_address, subject, wire_id, in_reply_to, wire_refs, raw_key, dedupe_key)
     values ('inbound', 'inbound', 'quarantined', $1, 'help@desk.test', 'It is Zelda', $2, $2, array[$2], $3, 'mail:x')`,
    ...[EMAIL, `<9.${EMAIL}>`, `${FILE}-raw`],
  );
  await put(
    `insert into email_threads (ticket_id, recipient_kind, contact_id, address, reply_ref, last_wire_id, wire_ids)
     values ($1, 'customer', $2, $3, '\\x0102030405060708', $4, array[$4])`,
    ...[own, contact, EMAIL, `<9.${EMAIL}>`],
  );
  await put(
    `insert into dead_letters (kind, ref_id, detail, first_at, last_at) values ('mail_inbound', 'x', $1, now(), now())`,
    JSON.stringify({ error: `no mailbox ${EMAIL}` }),
  );
  await put(
    `insert into ticket_attachments (state, purpose, actor_kind, actor_id, filename, content_type, size_bytes, sha256, storage_key, expires_at)
     values ('staged', 'message', 'customer', $1, 'zelda.png', 'image/png', 3, sha256('x'), $2, now() + interval '1 day')`,
    ...[contact, FILE],
  );
  for (const key of [FILE, `${FILE}-raw`]) await (await bucket()).put(key, `From: ${NAME} <${EMAIL}>`);
  return id;
}

test('an erasure leaves neither name nor address in any corner of the database or of the store', async () => {
  const id = await personInCorners();
  const said = await columnsThatSay(desk.db, /zelda|quint|crm-1701/i);
  expect(said).toEqual(
    expect.arrayContaining([
      ...['bulk_job_items.input', 'bulk_jobs.params', 'dead_letters.detail', 'email_messages.wire_id'],
      ...['email_threads.wire_ids', 'idempotency_keys.key', 'inbound_deliveries.headers', 'saved_views.filter'],
      ...[
        'ticket_activity.actor_label',
        'ticket_activity.data',
        'ticket_attachments.filename',
        'tickets.custom_fields',
      ],
    ]),
  );
  expect(await objectsThatSay(/zelda/i)).toHaveLength(2);
  const { jobId } = (await desk.owner.post(`/contacts/${id}/erase`, { contactId: id })).body;
  for (let n = 0; n < 20; n += 1) await runBulkJob(testKernel(desk.db.url), jobId);
  const [job] = await put('select state from bulk_jobs where id = $1', idToUuid(jobId));
  expect(job).toEqual({ state: 'done' });
  await desk.worker.scheduled('17 * * * *');
  expect(await columnsThatSay(desk.db, /zelda|quint|crm-1701/i)).toEqual([]);
  expect(await objectsThatSay(/zelda/i)).toEqual([]);
  // What was said of others, and what the words stood among, is as it was.
  const [fields] = await put('select custom_fields from tickets where requester_contact_id = $1', idToUuid(id));
  expect(fields).toEqual({ custom_fields: { caller: '[erased], floor 3' } });
});
