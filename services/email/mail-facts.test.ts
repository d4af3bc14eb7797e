import { expect, test } from 'vitest';
import { mailFacts } from './mail-facts.ts';

const MAIL = {
  'Message-ID': '<1@customer.test>',
  From: 'Ada Okafor <Ada@Customer.test>',
  Date: 'Wed, 25 Nov 2026 10:00:00 +0000',
  Subject: 'Hi',
};
const mail = (headers: Record<string, string> = MAIL, body = 'Body'): Uint8Array =>
  new TextEncoder().encode(
    `${Object.entries(headers)
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('')}\r\n${body}`,
  );
const without = (name: keyof typeof MAIL) => Object.fromEntries(Object.entries(MAIL).filter(([key]) => key !== name));

test('the sender is compared in lower case and named as the mail names it', () => {
  expect(mailFacts(mail()).from).toEqual({ email: 'ada@customer.test', name: 'Ada Okafor' });
});

test.each([
  ['an encoded word', '=?utf-8?q?J=C3=B6rg?= <j@x.test>', { email: 'j@x.test', name: 'Jörg' }],
  ['a bare address', 'j@x.test', { email: 'j@x.test', name: null }],
  ['two addresses', 'j@x.test, k@x.test', null],
  ['a group', 'Team: j@x.test, k@x.test;', null],
  ['no address', 'nobody', null],
  ['an address in the name of another', '"boss@x.test" <j@evil.test>', { email: 'j@evil.test', name: 'boss@x.test' }],
])('From with %s', (_name, From, expected) => {
  expect(mailFacts(mail({ ...MAIL, From })).from).toEqual(expected);
});

test('the key tells apart what shares a Message-ID, and not what differs in its bytes alone', () => {
  const { key } = mailFacts(mail());
  expect(mailFacts(mail(MAIL, 'another route, another byte')).key).toBe(key);
  expect(mailFacts(mail({ Received: 'from elsewhere', ...MAIL })).key).toBe(key);
  for (const name of ['From', 'Date', 'Subject'] as const) {
    expect(mailFacts(mail({ ...MAIL, [name]: 'other' })).key).not.toBe(key);
  }
});

test('without a Message-ID the bytes are the identity', () => {
  const headers = without('Message-ID');
  expect(mailFacts(mail(headers)).key).toBe(mailFacts(mail(headers)).key);
  expect(mailFacts(mail(headers, 'other')).key).not.toBe(mailFacts(mail(headers)).key);
});

test('what it answers ends with the nearest, each id once', () => {
  const headers = { ...MAIL, 'In-Reply-To': '<b@x>', References: '<a@x>\r\n <b@x> <c@x> not-an-id' };
  expect(mailFacts(mail(headers)).references).toEqual(['<a@x>', '<c@x>', '<b@x>']);
});

test('a subject is one decoded line', () => {
  expect(mailFacts(mail({ ...MAIL, Subject: '=?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n  again' })).subject).toBe('Grüße again');
});

test('noise has empty facts', () => {
  expect(mailFacts(new Uint8Array([0, 255, 10, 10]))).toMatchObject({
    messageId: null,
    from: null,
    subject: '',
    references: [],
  });
});
