import { expect, test } from 'vitest';
import { keptOf } from './exchange.ts';
import { maskUrl } from './mask-url.ts';
import { headerProblem } from './own-headers.ts';

test.each(['X-Api-Key', 'authorization', 'x-tenant', 'accept'])('%s may be sent', (name) => {
  expect(headerProblem(name, 'Bearer abc 123')).toBeUndefined();
});

test.each([
  'Host',
  'connection',
  'Transfer-Encoding',
  'cookie',
  'content-type',
  'Content-Length',
  'webhook-id',
  'Mallard-Event',
  'cf-connecting-ip',
  'X-Forwarded-For',
  'x y',
  'x:y',
  '',
  'ünicode',
])('"%s" is refused', (name) => {
  expect(headerProblem(name, 'v')).toBeDefined();
});

test.each(['', 'a\nb', 'a\r\nInjected: 1', 'ü', '\u0000', 'x'.repeat(1025)])('a value like %j is refused', (value) => {
  expect(headerProblem('x-key', value)).toBeDefined();
});

test('query and long segments of an address are masked', () => {
  expect(maskUrl('https://hooks.acme.io/in/T0123456789012345678901/x?token=abc')).toBe(
    'https://hooks.acme.io/in/…/x?…',
  );
  expect(maskUrl('https://hooks.acme.io:8443/in')).toBe('https://hooks.acme.io:8443/in');
});

test('what is kept of an answer hides our own header values and holds nothing Postgres cannot store', () => {
  const result = {
    kind: 'answered' as const,
    status: 200,
    headers: new Headers({ 'x-echo': 'key=s3cret-value', 'set-cookie': 'a=b' }),
    body: `you sent s3cret-value\0 ${'😀'.repeat(2000)}`,
    startedAt: 0,
    endedAt: 1,
  };
  const kept = keptOf(result, ['s3cret-value']);
  expect(kept.response_headers).toEqual({ 'x-echo': 'key=•••' });
  expect(kept.response_body).toMatch(/^you sent •••\ufffd /);
  expect(kept.response_body?.isWellFormed()).toBe(true);
  expect(kept.response_body?.length).toBeLessThanOrEqual(2048);
});

test('a value that was sent without its blanks, or that the end of what was read cut off, is hidden as well', () => {
  const answered = (body: string) =>
    keptOf({ kind: 'answered', status: 200, headers: new Headers(), body, startedAt: 0, endedAt: 1 }, [
      ' s3cret-value ',
    ]).response_body;
  expect(answered('you sent "s3cret-value"')).toBe('you sent "•••"');
  expect(answered('you sent s3cret-val')).toBe('you sent •••');
  expect(answered('you sent s3c')).toBe('you sent s3c');
});
