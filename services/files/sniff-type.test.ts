import { describe, expect, test } from 'vitest';
import { SNIFFED_BYTES, sniffType } from './sniff-type.ts';

const latin = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const typeOf = (bytes: Uint8Array, filename = 'file', whole = true) => sniffType(bytes, whole, filename).contentType;

const ftyp = (brand: string, others = ''): Uint8Array =>
  latin(`\0\0\0${String.fromCharCode(16 + others.length)}ftyp${brand}\0\0\0\0${others}`);

function zip(...names: string[]): Uint8Array {
  return Buffer.concat(
    names.map((name) => {
      const [entry = '', content = ''] = name.split('=');
      const header = Buffer.alloc(30);
      header.write('PK\u0003\u0004', 'latin1');
      header.writeUInt16LE(entry.length, 26);
      return Buffer.concat([header, latin(entry + content)]);
    }),
  );
}

test.each<[string, Uint8Array]>([
  ['image/png', latin('\x89PNG\r\n\x1a\n rest')],
  ['image/jpeg', latin('\xff\xd8\xff\xe0\0\x10JFIF')],
  ['image/gif', latin('GIF89a')],
  ['image/webp', latin('RIFF\x24\0\0\0WEBPVP8 ')],
  ['audio/wav', latin('RIFF\x24\0\0\0WAVEfmt ')],
  ['image/avif', ftyp('avif')],
  ['image/avif', ftyp('mif1', 'miafavif')],
  ['image/heic', ftyp('heic')],
  ['image/heic', ftyp('mif1', 'heic')],
  ['video/mp4', ftyp('isom')],
  ['audio/mp4', ftyp('M4A ')],
  ['video/quicktime', ftyp('qt  ')],
  ['video/webm', latin('\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm')],
  ['audio/mpeg', latin('ID3\x04\0')],
  ['audio/mpeg', latin('\xff\xfb\x90\x64')],
  ['audio/ogg', latin('OggS\0\x02')],
  ['application/pdf', latin('%PDF-1.7\n%\xe2\xe3')],
  ['application/gzip', latin('\x1f\x8b\x08\0')],
  ['application/x-7z-compressed', latin('7z\xbc\xaf\x27\x1c\0')],
  ['application/zip', zip('notes.txt')],
  ['application/zip', zip('src/main.c', 'word/')],
  ['application/vnd.oasis.opendocument.text', zip('mimetype=application/vnd.oasis.opendocument.text')],
  [
    'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    zip('[Content_Types].xml', '_rels/.rels', 'xl/workbook.xml'),
  ],
  ['message/rfc822', latin('From: ada@customer.test\r\nTo: help@desk.test\r\nSubject: Hi\r\n\r\nHello')],
  ['text/plain', latin('col1,col2\n1,2\n')],
  ['text/plain', Buffer.from('\ufeffNaïve 東京 🦆\t\u001b[31mred')],
])('%s is told by its first bytes', (type, bytes) => {
  expect(typeOf(bytes)).toBe(type);
  expect(typeOf(bytes, 'wrong.exe')).toBe(type);
});

test.each([
  ['HTML', '<!doctype html><script>alert(1)</script>'],
  ['SVG', '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'],
  ['XML', '<?xml version="1.0"?><x/>'],
  ['JavaScript', 'fetch("/api/v1/tickets")'],
  ['prose about two things', 'Subject: a poem\nMood: calm\n\nTo be'],
])('%s is text, whatever its name', (_, text) => {
  expect(typeOf(latin(text), 'picture.png')).toBe('text/plain');
});

describe('machine code', () => {
  test.each([
    ['PE', 'MZ\x90\0\x03\0\0\0'],
    ['ELF', '\x7fELF\x02\x01\x01\0'],
    ['Mach-O', '\xcf\xfa\xed\xfe\x07\0\0\x01'],
    ['a class', '\xca\xfe\xba\xbe\0\0\0\x34'],
    ['a script that names its interpreter', '#!/bin/sh\nrm -rf /'],
  ])('%s is told as such', (_, text) => {
    expect(sniffType(latin(text), true, 'notes.txt')).toEqual({ contentType: undefined, executable: true });
  });

  test('a word that begins like it is a word', () => {
    expect(typeOf(latin('MZ is a unit of measure'))).toBe('text/plain');
  });
});

test('an installer is none of the old Office files whose container it shares', () => {
  const ole = latin('\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0');
  expect([typeOf(ole, 'letter.doc'), typeOf(ole, 'setup.msi')]).toEqual(['application/msword', undefined]);
});

test('a character cut in two at the end of what is looked at makes no text binary, inside it does', () => {
  const bytes = Buffer.from(`${'x'.repeat(SNIFFED_BYTES - 1)}é`).subarray(0, SNIFFED_BYTES);
  expect([typeOf(bytes, 'a', false), typeOf(bytes, 'a', true)]).toEqual(['text/plain', undefined]);
  expect(typeOf(latin('caf\xe9 latin-1'))).toBeUndefined();
});
