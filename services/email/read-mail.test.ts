import { expect, test } from 'vitest';
import { readMail } from './read-mail.ts';

const mail = (headers: string[], body: string): Uint8Array =>
  new TextEncoder().encode(
    `${['From: ada@customer.test', 'MIME-Version: 1.0', ...headers].join('\r\n')}\r\n\r\n${body}`,
  );
const nested = (depth: number): Uint8Array => {
  const parts = Array.from(
    { length: depth },
    (_, i) => `Content-Type: multipart/mixed; boundary="b${i}"\r\n\r\n--b${i}\r\n`,
  );
  return new TextEncoder().encode(`From: ada@customer.test\r\n${parts.join('')}Content-Type: text/plain\r\n\r\ndeep`);
};
const textOf = async (raw: Uint8Array): Promise<string | undefined> => (await readMail(raw)).content?.text;

test('plain text comes first, HTML alone is read as text', async () => {
  const alternative = [
    '--x\r\nContent-Type: text/plain\r\n\r\nplain words\r\n',
    '--x\r\nContent-Type: text/html\r\n\r\n<p>rich <b>words</b></p>\r\n',
    '--x--\r\n',
  ];
  expect(await textOf(mail(['Content-Type: multipart/alternative; boundary=x'], alternative.join('')))).toBe(
    'plain words',
  );
  expect(await textOf(mail(['Content-Type: text/html'], '<p>rich <b>words</b></p>'))).toBe('rich words');
});

test('transfer encodings and charsets are undone, and what cannot be stored is gone', async () => {
  const latin = ['Content-Type: text/plain; charset=iso-8859-1', 'Content-Transfer-Encoding: quoted-printable'];
  expect(await textOf(mail(latin, 'Gr=FC=DFe=00!'))).toBe('Grüße!');
});

test('attached files are named', async () => {
  const parts = [
    '--x\r\nContent-Type: text/plain\r\n\r\nsee file\r\n',
    '--x\r\nContent-Type: text/csv; name="a.csv"\r\nContent-Disposition: attachment; filename="a.csv"\r\n\r\n1,2\r\n',
    '--x--\r\n',
  ];
  const { content } = await readMail(mail(['Content-Type: multipart/mixed; boundary=x'], parts.join('')));
  expect(content).toEqual({ text: 'see file', files: ['a.csv'] });
});

test('what is nested more than 32 deep, and what is no mail at all, has no content', async () => {
  expect((await readMail(nested(20))).content).toMatchObject({ text: 'deep' });
  expect((await readMail(nested(60))).content).toBeNull();
  expect((await readMail(new Uint8Array([0xff, 0xfe, 0, 10, 1]))).content).toBeNull();
  expect((await readMail(new Uint8Array())).content).toBeNull();
});
