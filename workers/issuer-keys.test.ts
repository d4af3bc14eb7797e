import { jwtVerify } from 'jose';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type LocalIssuer, startLocalIssuer } from '#local/issuer.ts';
import { callOut } from '#services/outbound/call-out.ts';
import { readTargetPolicy } from '#services/outbound/target-policy.ts';
import { type KeptKeys, keptIssuerKeys } from './issuer-keys.ts';

let issuer: LocalIssuer;
let clock: number;
let kept: Map<string, KeptKeys>;

beforeEach(async () => {
  issuer = await startLocalIssuer();
  clock = Date.now();
  kept = new Map();
});
afterEach(() => issuer.stop());

const policy = readTargetPolicy({
  ownOrigins: [],
  deniedHosts: undefined,
  localTargets: 'http://127.0.0.1:*',
});

const find = () =>
  keptIssuerKeys(
    {
      fetch: (url) =>
        callOut(
          { fetch, now: () => clock, policy, dohUrl: '', resolved: new Map() },
          { url, method: 'GET', headers: {}, timeoutSeconds: 5, mostBytes: 64 * 1024 },
        ),
      now: () => clock,
      sleep: () => new Promise((resolve) => setTimeout(resolve, 5)),
    },
    kept,
  )(issuer.jwksUrl);

const verified = async (token: string): Promise<boolean> =>
  jwtVerify(token, find()).then(
    () => true,
    (error: { reason?: string }) => {
      if (error.reason !== undefined) throw error;
      return false;
    },
  );

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

test('keys are asked for once in ten minutes', async () => {
  const token = await issuer.sign({});
  for (const wait of [0, MINUTE, 8 * MINUTE]) {
    clock += wait;
    expect(await verified(token)).toBe(true);
  }
  expect(issuer.keyRequests).toBe(1);
  clock += 2 * MINUTE;
  expect(await verified(token)).toBe(true);
  expect(issuer.keyRequests).toBe(2);
});

test('a new key is found when a token names it, at most every thirty seconds', async () => {
  expect(await verified(await issuer.sign({}))).toBe(true);
  await issuer.rotate();
  const token = await issuer.sign({});
  clock += 29 * SECOND;
  expect(await verified(token)).toBe(false);
  expect(issuer.keyRequests).toBe(1);
  clock += 2 * SECOND;
  expect(await verified(token)).toBe(true);
  expect(issuer.keyRequests).toBe(2);
});

test('a key that the issuer no longer publishes stops counting when the keys are asked for again', async () => {
  const stale = await issuer.sign({});
  expect(await verified(stale)).toBe(true);
  issuer.keepOnly(await issuer.rotate());
  clock += 11 * MINUTE;
  expect(await verified(stale)).toBe(false);
  expect(await verified(await issuer.sign({}))).toBe(true);
});

test('a thousand tokens with ever new kids cause one question', async () => {
  const tokens = Array.from({ length: 1000 }, (_, i) => issuer.sign({}, { header: { kid: `random-${i}` } }));
  const results = await Promise.all(tokens.map(async (token) => verified(await token)));
  expect(results).not.toContain(true);
  expect(issuer.keyRequests).toBe(1);
});

test('many at once share one question', async () => {
  const token = await issuer.sign({});
  expect(await Promise.all(Array.from({ length: 50 }, () => verified(token)))).not.toContain(false);
  expect(issuer.keyRequests).toBe(1);
});

test('known keys serve for a day while the issuer is away, then it is out of reach', async () => {
  const token = await issuer.sign({});
  expect(await verified(token)).toBe(true);
  issuer.behave({ status: 503 });
  clock += 23 * HOUR;
  expect(await verified(token)).toBe(true);
  clock += 2 * HOUR;
  await expect(verified(token)).rejects.toMatchObject({ code: 'unavailable', reason: 'issuer_unreachable' });
  issuer.behave('well');
  clock += MINUTE;
  expect(await verified(token)).toBe(true);
});

test('without any key an issuer that failed is asked again after five seconds', async () => {
  const token = await issuer.sign({});
  issuer.behave({ status: 500 });
  await expect(verified(token)).rejects.toMatchObject({ reason: 'issuer_unreachable' });
  await expect(verified(token)).rejects.toMatchObject({ reason: 'issuer_unreachable' });
  expect(issuer.keyRequests).toBe(1);
  issuer.behave('well');
  clock += 5 * SECOND;
  expect(await verified(token)).toBe(true);
});
