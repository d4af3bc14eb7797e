import { expect, test } from 'vitest';
import { firstOf, readHeaders, valuesOf } from './read-headers.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test('fields are read in order, unfolded, repeated ones included', () => {
  const headers = readHeaders(
    bytes('Received: one\r\nSubject: a\r\n  folded\r\n\tline\r\nReceived: two\r\n\r\nSubject: body\r\n'),
  );
  expect(headers).toEqual([
    { name: 'received', value: 'one' },
    { name: 'subject', value: 'a folded line' },
    { name: 'received', value: 'two' },
  ]);
  expect(valuesOf(headers, 'received')).toEqual(['one', 'two']);
});

test('lines may end in LF alone, and the block ends at the first empty one', () => {
  expect(readHeaders(bytes('From: a@b.test\nTo: c@d.test\n\nX: y\n')).map(({ name }) => name)).toEqual(['from', 'to']);
});

test('a mail without a body, and one that is only noise, are read without an error', () => {
  expect(firstOf(readHeaders(bytes('From: a@b.test')), 'from')).toBe('a@b.test');
  expect(readHeaders(bytes('\u0000\u0001 nonsense'))).toEqual([]);
  expect(readHeaders(new Uint8Array())).toEqual([]);
});

test('text in UTF-8 is read as such', () => {
  expect(firstOf(readHeaders(bytes('Subject: Grüße\r\n\r\n')), 'subject')).toBe('Grüße');
});
