import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Id, idToUuid } from '#schema/ids.ts';
import { parseApiKey } from '#services/access/credential.ts';
import { stageAttachment } from '#services/files/stage-attachment.ts';
import { sweepFiles, sweepOrphans } from '#services/files/sweep-files.ts';
import { Upload } from '#services/files/upload.ts';
import { runVerb } from '#services/kernel/run-verb.ts';
import type { FarSide } from '#services/kernel/verb.ts';
import type { FileStore } from '#services/storage/file-store.ts';
import { type AccessDesk, openAccessDesk } from '../support/access-desk.ts';
import { storedKeys, upload } from '../support/files.ts';
import { testKernel } from '../support/kernel.ts';

const HOURLY = '17 * * * *';
const DAY_MS = 86_400_000;

let desk: AccessDesk;
beforeAll(async () => {
  desk = await openAccessDesk();
});
afterAll(() => desk.close());
beforeEach(async () => {
  await desk.told();
});

const uuid = (id: string): string => idToUuid(id as Id);

async function staged(): Promise<{ id: string; key: string }> {
  const { body } = await upload(desk.worker, desk.owner.token, 'x');
  const [row] = await desk.db.query<{ storage_key: string }>(
    'select storage_key from ticket_attachments where id = $1',
    [uuid(body.id)],
  );
  return { id: body.id, key: row?.storage_key ?? '' };
}

async function attached() {
  const file = await staged();
  const ticket = await desk.world.ticket();
  const { body } = await desk.owner.post(`/tickets/${ticket.id}/messages`, { body: 'Here', attachmentIds: [file.id] });
  return { ...file, ticket, message: body.message, path: `/tickets/${ticket.id}/attachments/${file.id}` };
}

describe('a removal', () => {
  test('is told with the audience of its message, and the object goes within the hour', async () => {
    const { id, key, ticket, message, path } = await attached();
    await desk.told();
    const { status, trips } = await desk.owner.delete(path);
    expect([status, trips]).toEqual([204, 2]);
    const { events, audit } = await desk.told();
    const payload = { messageId: message.id, teamId: null, attachment: { id, filename: 'log.txt' } };
    expect(events).toMatchObject([{ type: 'ticket.attachment_removed', payload }]);
    expect(audit).toMatchObject([{ action: 'ticket.attachment_removed' }]);
    expect((await desk.owner.get(`/tickets/${ticket.id}/messages`)).body.data[1].attachments).toEqual([]);
    for (const { status } of [await desk.owner.delete(path), await desk.owner.get(`/attachments/${id}/link`)])
      expect(status).toBe(404);
    expect(await storedKeys(desk.worker)).toContain(key);
    await desk.worker.scheduled(HOURLY);
    expect(await storedKeys(desk.worker)).not.toContain(key);
    await desk.worker.scheduled(HOURLY);
    const [line] = await desk.db.query('select done_at from object_deletions where storage_key = $1', [key]);
    expect(line?.done_at).not.toBeNull();
  });

  test('by the uploader ends with the window, by others needs `ticket.edit_fields`, under its own ticket', async () => {
    const { caller } = await desk.holder(['ticket.view_all', 'ticket.reply_public']);
    const { body: file } = await upload(desk.worker, caller.token, 'x');
    const ticket = await desk.world.ticket();
    const post = await caller.post(`/tickets/${ticket.id}/messages`, { body: 'Here', attachmentIds: [file.id] });
    const path = `/tickets/${ticket.id}/attachments/${file.id}`;
    const other = await desk.world.ticket();
    expect((await desk.owner.delete(`/tickets/${other.id}/attachments/${file.id}`)).status).toBe(404);
    const stranger = (await desk.holder(['ticket.view_all', 'ticket.reply_public'])).caller;
    expect((await stranger.delete(path)).body).toMatchObject({ status: 403, required: ['ticket.edit_fields'] });
    const age = (minutes: number) =>
      desk.db.query('update ticket_messages set created_at = now() - make_interval(mins => $2) where id = $1', [
        uuid(post.body.message.id),
        minutes,
      ]);
    await age(16);
    expect((await caller.delete(path)).body).toMatchObject({ status: 403, reason: 'edit_window_over' });
    await age(14);
    expect((await caller.delete(path)).status).toBe(204);
  });
});

test('the hourly sweep takes staged files that no message took, and leaves what a live row has', async () => {
  const [old, fresh, live] = [await staged(), await staged(), await attached()];
  await desk.db.query("update ticket_attachments set expires_at = now() - interval '1 second' where id = $1", [
    uuid(old.id),
  ]);
  await desk.db.query('insert into object_deletions (storage_key, not_before) values ($1, now())', [live.key]);
  await desk.worker.scheduled(HOURLY);
  const keys = await storedKeys(desk.worker);
  expect([old, fresh, live].map(({ key }) => keys.includes(key))).toEqual([false, true, true]);
  const rows = await desk.db.query('select from ticket_attachments where id in ($1, $2, $3)', [
    uuid(old.id),
    uuid(fresh.id),
    uuid(live.id),
  ]);
  expect(rows).toHaveLength(2);
});

test('a run that dies after deleting objects repeats them and ends the same', async () => {
  const { key, path } = await attached();
  await desk.owner.delete(path);
  const store = memoryStore();
  await store.write(key, streamOf(['x']), 1);
  const dying: FileStore = {
    ...store,
    async delete(keys) {
      await store.delete(keys);
      throw new Error('killed');
    },
  };
  await expect(sweepFiles(testKernel(desk.db.url), dying)).rejects.toThrow('killed');
  expect(await sweepFiles(testKernel(desk.db.url), store)).toBeGreaterThan(0);
  expect(await sweepFiles(testKernel(desk.db.url), store)).toBe(0);
  expect(store.keys()).toEqual([]);
});

describe('an upload', () => {
  test('that breaks off leaves no row and no object', async () => {
    const store = memoryStore();
    const broken = streamOf(['row 500\n'.repeat(1000)], new Error('the connection broke'));
    await expect(stage(store, broken, 100_000)).rejects.toThrow('the connection broke');
    expect(store.keys()).toEqual([]);
    expect((await stage(store, streamOf(['x']), 1)).kind).toBe('done');
    expect(store.keys()).toHaveLength(1);
  });

  test('whose commit fails leaves no row, and no object once two days have gone', async () => {
    const before = await desk.db.query('select from ticket_attachments');
    let trips = 0;
    desk.worker.proxy.setHook(() => {
      trips += 1;
      return trips > 1 ? 'drop-before' : 'pass';
    });
    const { status } = await upload(desk.worker, desk.owner.token, 'x');
    desk.worker.proxy.setHook(undefined);
    expect(status).toBe(503);
    expect(await desk.db.query('select from ticket_attachments')).toEqual(before);

    const { key } = await staged();
    const store = memoryStore();
    for (const each of await storedKeys(desk.worker)) await store.write(each, streamOf(['x']), 1);
    const orphans = store.keys().length - (await knownKeys(store.keys()));
    expect(orphans).toBeGreaterThan(0);
    const sweepIn = (days: number) =>
      sweepOrphans(testKernel(desk.db.url, new Date(Date.now() + days * DAY_MS)), store);
    expect([await sweepIn(0), await sweepIn(1)]).toEqual([0, 0]);
    expect(await sweepIn(2)).toBe(orphans);
    expect(store.keys()).toContain(key);
  });

  test('that nobody swept in time is swept by a later run, which catches up the days it missed', async () => {
    const store = memoryStore();
    const day = (ago: number) => new Date(Date.now() - ago * DAY_MS).toISOString().slice(0, 10);
    for (const ago of [1, 2, 5, 6]) await store.write(`a/${day(ago)}/orphan`, streamOf(['x']), 1);
    await desk.db.query(
      `insert into heartbeats (name, started_at, finished_at) values ('retention', $1, $1)
       on conflict (name) do update set finished_at = excluded.finished_at`,
      [new Date(Date.now() - 4 * DAY_MS)],
    );
    expect(await sweepOrphans(testKernel(desk.db.url), store)).toBe(2);
    expect(store.keys()).toEqual([`a/${day(6)}/orphan`, `a/${day(1)}/orphan`]);
  });
});

describe('an upload with an Idempotency-Key', () => {
  const send = (key: string, bytes: string, headers: Record<string, string> = {}, filename = 'log.txt') =>
    upload(desk.worker, desk.owner.token, bytes, filename, { 'idempotency-key': key, ...headers });
  const rows = () => desk.db.query('select id, storage_key from ticket_attachments order by id');

  test('makes one file and one object however often it comes, and is told from another by its bytes', async () => {
    const [key, before, objects] = [crypto.randomUUID(), await rows(), (await storedKeys(desk.worker)).length];
    const first = await send(key, 'It stops.');
    expect(first.status).toBe(201);
    for (let n = 0; n < 2; n += 1) expect(await send(key, 'It stops.')).toEqual(first);
    const mismatch = { status: 422, code: 'idempotency_mismatch' };
    expect((await send(key, 'It stopt.')).body).toMatchObject(mismatch);
    expect((await send(key, 'It stops!!')).body).toMatchObject(mismatch);
    expect((await send(key, 'It stops.', {}, 'other.txt')).body).toMatchObject(mismatch);
    const digest = `sha-256=:${'A'.repeat(43)}=:`;
    expect((await send(key, 'It stops.', { 'content-digest': digest })).body).toMatchObject(mismatch);
    expect(await rows()).toHaveLength(before.length + 1);
    expect(await storedKeys(desk.worker)).toHaveLength(objects + 1);
    expect((await send(crypto.randomUUID(), 'It stops.')).body.id).not.toBe(first.body.id);
  });

  test('that meets its twin on the way is answered as the twin, and takes its own object away', async () => {
    const [key, objects] = [crypto.randomUUID(), (await storedKeys(desk.worker)).length];
    let twin: unknown;
    const late = await desk.overtaken(
      () => send(key, 'It stops.'),
      async () => {
        twin = await send(key, 'It stops.');
      },
    );
    expect(late).toEqual(twin);
    expect(late.status).toBe(201);
    expect(await storedKeys(desk.worker)).toHaveLength(objects + 1);
  });

  test('that was refused may come again under its key', async () => {
    const key = crypto.randomUUID();
    expect((await send(key, 'MZ\u0000\u0001')).status).toBe(415);
    expect((await send(key, 'It stops.')).status).toBe(201);
  });
});

async function knownKeys(keys: readonly string[]): Promise<number> {
  return (await desk.db.query('select from ticket_attachments where storage_key = any ($1)', [keys])).length;
}

function stage(files: FileStore, bytes: ReadableStream<Uint8Array>, sizeBytes: number) {
  const headers = { 'content-length': String(sizeBytes), 'content-disposition': 'attachment; filename="log.txt"' };
  const credential = parseApiKey(desk.owner.token, null);
  if (credential === undefined) throw new TypeError('a test key parses');
  // Staging asks nothing else of the far side.
  const far = { files } satisfies Partial<FarSide> as FarSide;
  const asked = new Upload(new Headers(headers), bytes);
  return runVerb(testKernel(desk.db.url), stageAttachment, asked, { credential, far });
}

/** Text in chunks, and then an end or a failure. */
function streamOf(chunks: readonly string[], failure?: Error): ReadableStream<Uint8Array> {
  const left = [...chunks];
  return new ReadableStream({
    pull(controller) {
      const chunk = left.shift();
      if (chunk !== undefined) controller.enqueue(new TextEncoder().encode(chunk));
      else if (failure === undefined) controller.close();
      else controller.error(failure);
    },
  });
}

/** As R2 behaves: all of a file or none of it. */
function memoryStore(): FileStore & { keys(): string[] } {
  const held = new Map<string, Uint8Array>();
  return {
    keys: () => [...held.keys()].toSorted(),
    async write(key, bytes, sizeBytes) {
      const whole = new Uint8Array(await new Response(bytes).arrayBuffer());
      if (whole.byteLength !== sizeBytes) throw new TypeError('not the length that was said');
      held.set(key, whole);
    },
    read: async () => undefined,
    async delete(keys) {
      for (const key of keys) held.delete(key);
    },
    list: async (prefix) => ({ keys: [...held.keys()].filter((key) => key.startsWith(prefix)), next: undefined }),
  };
}
