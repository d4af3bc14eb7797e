import { expect, test } from 'vitest';
import { readBytes, readJson } from './read-json.ts';

const LIMIT = 1000;

/** A body without a length, and how much of it was asked for. */
function chunked(chunks: number, size: number) {
  const read = { chunks: 0 };
  const body = new ReadableStream({
    pull(controller) {
      if (read.chunks === chunks) return controller.close();
      read.chunks += 1;
      controller.enqueue(new Uint8Array(size).fill(0x20));
    },
  });
  const init: RequestInit & { duplex: 'half' } = { method: 'POST', body, duplex: 'half' };
  return { request: new Request('https://desk.test/', init), read };
}

test('a body without a length is cut at the limit, and the rest is not read', async () => {
  const { request, read } = chunked(1_000_000, 400);
  await expect(readBytes(request, LIMIT)).rejects.toMatchObject({ code: 'payload_too_large' });
  expect(read.chunks).toBeLessThan(6);
});

test('a body without a length that stays within the limit is read whole', async () => {
  const { request } = chunked(5, 200);
  expect((await readBytes(request, LIMIT)).byteLength).toBe(LIMIT);
});

test('a declared length over the limit is refused unread', async () => {
  const { request, read } = chunked(5, 10);
  const declared = new Request(request, { headers: { 'content-length': String(LIMIT + 1) } });
  await expect(readBytes(declared, LIMIT)).rejects.toMatchObject({ code: 'payload_too_large' });
  expect(read.chunks).toBeLessThan(3);
});

test('text comes back in NFC, keys too, and nothing else is changed', async () => {
  const body = JSON.stringify({ 'e\u0301': [' e\u0301 ', 1.5, null, true] });
  const request = new Request('https://desk.test/', {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json' },
  });
  expect(await readJson(request, LIMIT)).toEqual({ '\u00e9': [' \u00e9 ', 1.5, null, true] });
});

test('a member called __proto__ is a member, not a prototype', async () => {
  const request = new Request('https://desk.test/', {
    method: 'POST',
    body: '{"__proto__":{"admin":true}}',
    headers: { 'content-type': 'application/json; charset=utf-8' },
  });
  const body = (await readJson(request, LIMIT)) as Record<string, unknown>;
  expect(Object.keys(body)).toEqual(['__proto__']);
  expect(body.admin).toBeUndefined();
});
