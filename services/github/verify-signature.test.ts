import { expect, test } from 'vitest';
import { verifySignature } from './verify-signature.ts';

// The example of GitHub's documentation, "Validating webhook deliveries".
const SECRET = "It's a Secret to Everybody";
const BODY = new TextEncoder().encode('Hello, World!');
const SIGNATURE = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';

test("GitHub's documented example verifies", () => {
  expect(verifySignature(BODY, SIGNATURE, [SECRET])).toBe(true);
});

test('any of the secrets is enough, none is not', () => {
  expect(verifySignature(BODY, SIGNATURE, ['new', SECRET])).toBe(true);
  expect(verifySignature(BODY, SIGNATURE, ['new'])).toBe(false);
  expect(verifySignature(BODY, SIGNATURE, [])).toBe(false);
});

test('one wrong byte, anywhere, is refused', () => {
  for (const [i] of BODY.entries()) {
    const altered = BODY.with(i, (BODY[i] ?? 0) ^ 1);
    expect(verifySignature(altered, SIGNATURE, [SECRET])).toBe(false);
  }
});

test.each(['', 'sha256=', 'sha256=zz', SIGNATURE.slice(0, -2), `${SIGNATURE}00`])(
  'no signature of that size is refused without an error: %s',
  (signature) => {
    expect(verifySignature(BODY, signature, [SECRET])).toBe(false);
  },
);
