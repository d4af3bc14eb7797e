import { expect, test } from 'vitest';
import { cutText, storableLine, storableText } from './storable-text.ts';

test('what Postgres cannot store is taken out', () => {
  expect(storableText('a\0b\ud800c')).toBe('ab\ufffdc');
});

test('a line has no breaks, no control characters and no blanks around it', () => {
  expect(storableLine(' Re:\r\n\tHello\u2028\u0007 world ', 500)).toBe('Re: Hello world');
  expect(storableLine('\r\n\t ', 500)).toBe('');
});

test('a cut never leaves half a character', () => {
  expect(cutText('ab\u{1f600}', 3)).toBe('ab');
  expect(cutText('ab\u{1f600}', 4)).toBe('ab\u{1f600}');
});
