import { expect, test } from 'vitest';
import { createIdSource } from '#schema/id-source.ts';
import { newId } from '#schema/ids.ts';
import { MOST_MESSAGES } from '#services/messages/add-message.ts';
import { mailFacts } from './mail-facts.ts';
import { type MailSituation, planMail } from './mail-plan.ts';

const ids = createIdSource({ now: () => 0, random: (bytes) => bytes });
const ada = newId(ids, 'contact');
const OURS = 'mx.cloudflare.net';
const PASS = `Authentication-Results: ${OURS}; dmarc=pass header.from=customer.test`;
const FAIL = `Authentication-Results: ${OURS}; dmarc=fail header.from=customer.test`;
const FROM = 'From: Ada <ada@customer.test>';
const ticket: NonNullable<MailSituation['ticket']> = {
  requesterContactId: ada,
  messageSeq: 2,
};

const plan = (headers: string[], more: Partial<MailSituation> = {}) => {
  const facts = mailFacts(new TextEncoder().encode(`${[FROM, ...headers].join('\r\n')}\r\n\r\nBody`));
  const situation: MailSituation = {
    mail: { facts, sha256: new Uint8Array(), content: { text: 'Body', files: [] } },
    envelopeFrom: 'ada@customer.test',
    authservId: OURS,
    sender: { own: false, recent: 0, daily: 0 },
    channelSettings: {},
    contactId: ada,
    ticket: undefined,
    ...more,
  };
  return planMail(situation).plan;
};

test('a mail that answers nothing opens a ticket, proved or not', () => {
  expect(plan([PASS])).toEqual({ do: 'open' });
  expect(plan([])).toEqual({ do: 'open' });
});

test('the proved requester replies; unproved it is a note', () => {
  expect(plan([PASS], { ticket })).toEqual({ do: 'reply' });
  expect(plan([], { ticket })).toEqual({ do: 'note', reason: 'unverified_sender' });
});

test('anybody else opens a new ticket instead of entering this one', () => {
  const stranger = newId(ids, 'contact');
  expect(plan([PASS], { ticket, contactId: stranger })).toEqual({ do: 'open' });
  expect(plan([PASS], { ticket, contactId: undefined })).toEqual({ do: 'open' });
  expect(plan([PASS], { ticket: { ...ticket, requesterContactId: null }, contactId: undefined })).toEqual({
    do: 'open',
  });
});

test('a disproved sender touches nothing', () => {
  expect(plan([FAIL])).toEqual({ do: 'quarantine', reason: 'auth' });
  expect(plan([FAIL, PASS], { ticket })).toEqual({ do: 'quarantine', reason: 'auth' });
  expect(plan(['From: second@customer.test', PASS])).toEqual({ do: 'quarantine', reason: 'auth' });
});

test('the twenty-first mail in ten minutes and the hundred and first of a day wait for a person', () => {
  expect(plan([PASS], { sender: { own: false, recent: 19, daily: 99 } })).toEqual({ do: 'open' });
  expect(plan([PASS], { sender: { own: false, recent: 20, daily: 20 } })).toEqual({ do: 'quarantine', reason: 'rate' });
  expect(plan([PASS], { sender: { own: false, recent: 0, daily: 100 } })).toEqual({ do: 'quarantine', reason: 'rate' });
  expect(plan([PASS], { ticket: { ...ticket, messageSeq: MOST_MESSAGES } })).toEqual({
    do: 'quarantine',
    reason: 'ticket_full',
  });
});

test('mail of ours is dropped', () => {
  expect(plan([PASS], { sender: { own: true, recent: 0, daily: 0 } })).toEqual({ do: 'drop', reason: 'own_mail' });
});

test('what answers by itself never opens a ticket; on one it is a note', () => {
  const away = 'Auto-Submitted: auto-replied';
  expect(plan([PASS, away])).toEqual({ do: 'drop', reason: 'automatic' });
  expect(plan([PASS], { envelopeFrom: '' })).toEqual({ do: 'drop', reason: 'automatic' });
  expect(plan([PASS, away], { ticket })).toEqual({ do: 'note', reason: 'automatic' });
});

test('other automatic mail opens one unless its channel ignores it', () => {
  expect(plan([PASS, 'List-Id: <news>'])).toEqual({ do: 'open' });
  expect(plan([PASS, 'List-Id: <news>'], { channelSettings: { automatedMail: 'ignore' } })).toEqual({
    do: 'drop',
    reason: 'automatic',
  });
});

test('what cannot be parsed is shown to the team', () => {
  const facts = mailFacts(new Uint8Array());
  expect(plan([], { mail: { facts, sha256: new Uint8Array(), content: null } })).toEqual({ do: 'open_unparsable' });
});
