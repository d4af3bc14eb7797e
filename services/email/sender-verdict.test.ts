import { expect, test } from 'vitest';
import { senderVerdict } from './sender-verdict.ts';

const OURS = 'mx.cloudflare.net';
const verdict = (...fields: string[]) =>
  senderVerdict(
    fields.map((value) => ({ name: 'authentication-results', value })),
    'ada@customer.test',
    OURS,
  );

test.each([
  ['dmarc=pass for the domain of From', `${OURS}; dmarc=pass (p=reject; sp=none) header.from=customer.test`, 'pass'],
  ['a version after our id', `${OURS} 1; dmarc=pass header.from=CUSTOMER.test`, 'pass'],
  ['dmarc=pass for another domain', `${OURS}; dmarc=pass header.from=evil.test`, 'none'],
  ['dmarc=fail', `${OURS}; dkim=pass header.d=customer.test; dmarc=fail header.from=customer.test`, 'fail'],
  ['dmarc=fail behind a valid ARC chain', `${OURS}; arc=pass; dmarc=fail header.from=customer.test`, 'none'],
  ['an ARC chain alone', `${OURS}; arc=pass`, 'none'],
  ['no DMARC and a signature of that domain', `${OURS}; dkim=pass header.d=customer.test header.s=k1`, 'pass'],
  ['no DMARC and a signature of another', `${OURS}; dkim=pass header.d=lists.test`, 'none'],
  [
    'an undecided DMARC and a signature',
    `${OURS}; dmarc=none header.from=customer.test; dkim=pass header.d=customer.test`,
    'none',
  ],
  ['nothing at all', `${OURS}; none`, 'none'],
  ['another id', 'mx.evil.test; dmarc=pass header.from=customer.test', 'none'],
  ['our id inside a comment', `mx.evil.test (${OURS}; dmarc=pass); dmarc=pass header.from=customer.test`, 'none'],
  [
    'a pass hidden in a comment',
    `${OURS}; dmarc=fail (x; dmarc=pass header.from=customer.test) header.from=customer.test`,
    'fail',
  ],
])('%s', (_name, field, expected) => {
  expect(verdict(field)).toBe(expected);
});

test('only the topmost field counts, so a forged one below or beside changes nothing', () => {
  const forged = `${OURS}; dmarc=pass header.from=customer.test`;
  expect(verdict(`${OURS}; dmarc=fail header.from=customer.test`, forged)).toBe('fail');
  expect(verdict('mx.other.test; none', forged)).toBe('none');
});

test('a mail that does not have exactly one sender fails', () => {
  expect(
    senderVerdict(
      [{ name: 'authentication-results', value: `${OURS}; dmarc=pass header.from=customer.test` }],
      null,
      OURS,
    ),
  ).toBe('fail');
});

test('hostile text is one pass: a quadratic one would not end in time', () => {
  expect(verdict(`${OURS};${'a='.repeat(100_000)}${'('.repeat(100_000)}`)).toBe('none');
});
