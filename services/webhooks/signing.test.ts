import { createPublicKey, randomFillSync, verify } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { newSecrets, signatureOf } from './signing.ts';

const random = (bytes: Uint8Array): Uint8Array => randomFillSync(bytes);
const SPKI_HEAD = Buffer.from('302a300506032b6570032100', 'hex');

const publicKeyOf = (text: string | null) =>
  createPublicKey({
    key: Buffer.concat([SPKI_HEAD, Buffer.from((text ?? '').slice('whpk_'.length), 'base64')]),
    format: 'der',
    type: 'spki',
  });

// The vector of the Standard Webhooks specification's reference libraries.
test('the reference vector gives the reference signature', () => {
  const signature = signatureOf(
    [{ hmac: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' }],
    'msg_p5jXN8AQM9LWM0D4loKWxJek',
    1614265330,
    '{"test": 2432232314}',
  );
  expect(signature).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
});

test('during an overlap both secrets verify, and the old alone stops when it ends', () => {
  const [now, before] = [newSecrets('hmac', random).secrets, newSecrets('hmac', random).secrets];
  const at = Math.floor(Date.now() / 1000);
  const headers = (signature: string) => ({
    'webhook-id': 'evt_1',
    'webhook-timestamp': String(at),
    'webhook-signature': signature,
  });
  const verifies = (secret: string | undefined, signature: string): boolean => {
    try {
      new Webhook(secret ?? '').verify('{}', headers(signature));
      return true;
    } catch {
      return false;
    }
  };
  const overlap = signatureOf([now, before], 'evt_1', at, '{}');
  expect([verifies(now.hmac, overlap), verifies(before.hmac, overlap)]).toEqual([true, true]);
  const after = signatureOf([now], 'evt_1', at, '{}');
  expect([verifies(now.hmac, after), verifies(before.hmac, after)]).toEqual([true, false]);
});

test('v1a is an Ed25519 signature that the public key verifies', () => {
  const { secrets, publicKey } = newSecrets('ed25519', random);
  expect(secrets.hmac).toBeUndefined();
  const signature = signatureOf([secrets], 'evt_1', 1_700_000_000, '{"a":1}');
  expect(signature).toMatch(/^v1a,/);
  const bytes = Buffer.from(signature.slice('v1a,'.length), 'base64');
  expect(verify(null, Buffer.from('evt_1.1700000000.{"a":1}'), publicKeyOf(publicKey), bytes)).toBe(true);
  expect(verify(null, Buffer.from('evt_1.1700000001.{"a":1}'), publicKeyOf(publicKey), bytes)).toBe(false);
});

test('both gives one of each, split by a blank', () => {
  const { secrets } = newSecrets('both', random);
  expect(
    signatureOf([secrets], 'evt_1', 1, '')
      .split(' ')
      .map((each) => each.split(',')[0]),
  ).toEqual(['v1', 'v1a']);
});

test('a secret is 32 random bytes', () => {
  const made = new Set(Array.from({ length: 20 }, () => newSecrets('hmac', random).secrets.hmac ?? ''));
  expect(made.size).toBe(20);
  for (const secret of made) expect(Buffer.from(secret.slice('whsec_'.length), 'base64')).toHaveLength(32);
});
