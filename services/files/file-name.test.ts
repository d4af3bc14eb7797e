import { expect, test } from 'vitest';
import { cleanFilename, contentDisposition, dispositionFilename } from './file-name.ts';

test.each([
  ['a path', '../../etc/passwd', 'passwd'],
  ['a path of Windows', 'C:\\Users\\ada\\log.txt', 'log.txt'],
  ['leading dots', '..htaccess', 'htaccess'],
  ['control characters', 'a\u0000b\r\n.txt', 'ab.txt'],
  ['a turned direction', 'invoice\u202egpj.exe', 'invoicegpj.exe'],
  ['decomposed letters', 're\u0301sume\u0301.pdf', 'résumé.pdf'],
  ['nothing', ' ..  ', 'file'],
])('a name loses %s', (_, name, kept) => {
  expect(cleanFilename(name)).toBe(kept);
});

test('a long name keeps its extension and ends at 255 bytes of whole characters', () => {
  const kept = cleanFilename(`${'東'.repeat(200)}.tar.gz`);
  expect(new TextEncoder().encode(kept).length).toBeLessThanOrEqual(255);
  expect(kept).toMatch(/^東+\.gz$|^東+\.tar\.gz$/);
});

test.each([
  ['attachment; filename="a b.txt"', 'a b.txt'],
  ['attachment; filename=plain.txt', 'plain.txt'],
  ['form-data; name="x"; filename="a\\"b.txt"', 'a"b.txt'],
  ['attachment; filename="x.txt"; filename*=UTF-8\'\'%e6%9d%b1%20a.txt', '東 a.txt'],
  [`attachment; filename="${Buffer.from('東.txt').toString('latin1')}"`, '東.txt'],
  ['attachment; filename="caf\u00e9.txt"', 'café.txt'],
])('%s names its file', (header, name) => {
  expect(dispositionFilename(header)).toBe(name);
});

test.each(['', 'attachment', 'attachment; filename=""', 'inline; name="x"'])('%j names none', (header) => {
  expect(dispositionFilename(header)).toBeUndefined();
});

test('an answer names any file in ASCII and in full', () => {
  expect(contentDisposition('attachment', `a"東'.txt`)).toBe(
    `attachment; filename="a__'.txt"; filename*=UTF-8''a%22%E6%9D%B1%27.txt`,
  );
});
