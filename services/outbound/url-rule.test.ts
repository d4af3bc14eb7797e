import { describe, expect, test } from 'vitest';
import { readTargetPolicy } from './target-policy.ts';
import { brokenUrlRule } from './url-rule.ts';

const policy = readTargetPolicy({
  ownOrigins: ['https://desk.acme.com', 'https://files.acme.net:8443', undefined],
  deniedHosts: 'metadata.cloud.com, Rival.com',
  localTargets: '',
});

const refused: Record<string, string[]> = {
  not_a_url: ['', 'example', '//x.com', 'https://', 'https://a b.com', 'https://[::1', 'https://256.1.1.1'],
  scheme: ['http://hooks.acme.io/', 'ftp://hooks.acme.io/', 'javascript:alert(1)', 'wss://hooks.acme.io'],
  user_info: ['https://user@hooks.acme.io/', 'https://:pass@hooks.acme.io/'],
  fragment: ['https://hooks.acme.io/#x', 'https://hooks.acme.io/#'],
  port: ['https://hooks.acme.io:22/', 'https://hooks.acme.io:80/', 'https://hooks.acme.io:444/'],
  address_literal: [
    'https://127.0.0.1/',
    'https://8.8.8.8/',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://0177.0.0.1/',
    'https://127.1/',
    'https://[::1]/',
    'https://[::ffff:10.0.0.1]/',
    'https://[fd12::1]/',
    'https://[2606:4700::1111]/',
    'https://①②⑦.0.0.1/',
    'https://127.0.0.1./',
  ],
  single_label: ['https://intra/', 'https://intra./', 'https://a..b.com/'],
  reserved_name: [
    'https://localhost./',
    'https://LOCALHOST/',
    'https://x.localhost/',
    'https://a.internal/',
    'https://printer.local/',
    'https://db.svc.cluster.local/',
    'https://router.home.arpa/',
    'https://1.0.0.127.in-addr.arpa/',
    'https://hooks.test/',
    'https://hidden.onion/',
    'https://ｌｏｃａｌｈｏｓｔ/',
  ],
  own_host: [
    'https://desk.acme.com/',
    'https://DESK.acme.com./x',
    'https://a.desk.acme.com/',
    'https://files.acme.net/',
  ],
  denied_host: ['https://metadata.cloud.com/', 'https://rival.com/', 'https://api.rival.com/'],
  too_long: [`https://hooks.acme.io/${'a'.repeat(2048)}`, `https://${'a.'.repeat(125)}acme.io/`],
};

describe.each(Object.entries(refused))('%s', (rule, urls) => {
  test.each(urls)('%s is refused', (url) => {
    expect(brokenUrlRule(url, policy)).toBe(rule);
  });
});

test.each([
  'https://hooks.acme.io/in?token=x',
  'https://hooks.acme.io:443/',
  'https://hooks.acme.io:8443/',
  'https://bücher.example.com/',
  'https://acme.com/',
  'https://notdesk.acme.com.io/',
  'https://mylocalhost.com/',
  'https://rival.community/',
])('%s is a good target', (url) => {
  expect(brokenUrlRule(url, policy)).toBeUndefined();
});

describe('ALLOW_LOCAL_TARGETS', () => {
  const local = readTargetPolicy({
    ownOrigins: [],
    deniedHosts: '',
    localTargets: 'http://127.0.0.1:9099, https://hooks.test,http://[::1]:*',
  });

  test.each(['http://127.0.0.1:9099/x', 'https://hooks.test/', 'http://[::1]:1/', 'http://[::1]/'])(
    '%s is opened',
    (url) => {
      expect(brokenUrlRule(url, local)).toBeUndefined();
    },
  );

  test.each([
    'http://127.0.0.1:9098/',
    'https://127.0.0.1:9099/',
    'http://127.0.0.2:9099/',
    'http://127.0.0.1/',
    'https://a.hooks.test/',
    'https://hooks.test:8443/',
    'http://localhost:9099/',
  ])('%s stays closed: it is another origin', (url) => {
    expect(brokenUrlRule(url, local)).toBeDefined();
  });

  test('an entry with a path is no origin', () => {
    expect(() => readTargetPolicy({ ownOrigins: [], deniedHosts: '', localTargets: 'http://127.0.0.1:1/x' })).toThrow(
      TypeError,
    );
  });
});
