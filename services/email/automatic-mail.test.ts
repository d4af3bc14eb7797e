import { expect, test } from 'vitest';
import { automaticMail } from './automatic-mail.ts';

const PERSON = 'ada@customer.test';
const of = (name: string, value: string) => automaticMail([{ name, value }], PERSON, PERSON);

test.each([
  ['auto-submitted', 'auto-replied (vacation)', 'answer'],
  ['x-autoreply', 'yes', 'answer'],
  ['x-autorespond', 'out of office', 'answer'],
  ['auto-submitted', 'auto-generated', 'notice'],
  ['precedence', 'Bulk', 'notice'],
  ['list-id', '<news.customer.test>', 'notice'],
  ['auto-submitted', 'no', null],
  ['precedence', 'first-class', null],
] as const)('%s: %s', (name, value, expected) => {
  expect(of(name, value)).toBe(expected);
});

test('an empty envelope sender is a bounce or an answer', () => {
  expect(automaticMail([], '', PERSON)).toBe('answer');
  expect(automaticMail([], '<>', PERSON)).toBe('answer');
});

test('a mailer daemon is a robot, a person is not', () => {
  expect(automaticMail([], PERSON, 'mailer-daemon@mx.test')).toBe('notice');
  expect(automaticMail([], PERSON, PERSON)).toBeNull();
});
