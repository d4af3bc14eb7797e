import { createLocalJWKSet, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { expect, test } from 'vitest';
import { type PersonCredential, parsePersonToken } from './person-token.ts';
import type { TrustedIssuer } from './sign-in.ts';
import { verifyToken } from './verify-token.ts';

const MCP = 'https://desk.example.com/mcp';
const NOW = new Date('2026-11-02T09:00:00Z');
const { privateKey, publicKey } = await generateKeyPair('EdDSA');
const keys = createLocalJWKSet({ keys: [{ ...(await exportJWK(publicKey)), kid: 'a', alg: 'EdDSA' }] });

const issuer = {
  issuer: 'https://login.customer.example/',
  kind: 'oidc',
  jwksUrl: 'https://login.customer.example/jwks',
  audiences: ['mallard', MCP],
  algorithms: ['EdDSA'],
  maxTokenAgeSeconds: 600,
} as TrustedIssuer;

async function isTaken(claims: Record<string, unknown>, isMcp: boolean): Promise<boolean> {
  const at = NOW.getTime() / 1000;
  const token = await new SignJWT({ iss: issuer.issuer, sub: 's', iat: at, exp: at + 60, ...claims })
    .setProtectedHeader({ alg: 'EdDSA', kid: 'a' })
    .sign(privateKey);
  const read = parsePersonToken(token, { via: 'authorization', foreignPage: null }) as PersonCredential;
  const door = { mcpAudience: MCP, isMcp };
  return verifyToken(read, issuer, { now: NOW, keys: () => keys, door }).then(
    () => true,
    (error: { code?: string }) => {
      if (error.code !== 'unauthenticated') throw error;
      return false;
    },
  );
}

test.each([
  ['mallard', 'the API'],
  [['mallard', 'other'], 'the API'],
  [MCP, 'MCP'],
  [['mallard', MCP], 'MCP'],
  ['other', 'nothing'],
])('a token for %j opens %s and no other door', async (aud, opens) => {
  expect(await isTaken({ aud }, false)).toBe(opens === 'the API');
  expect(await isTaken({ aud }, true)).toBe(opens === 'MCP');
});

test('the name of the issuer is compared to the letter', async () => {
  expect(await isTaken({ aud: 'mallard', iss: 'https://login.customer.example' }, false)).toBe(false);
});

test('age is counted from the time of issue, whatever the end says', async () => {
  const at = NOW.getTime() / 1000;
  expect(await isTaken({ aud: 'mallard', iat: at - 629 }, false)).toBe(true);
  expect(await isTaken({ aud: 'mallard', iat: at - 631 }, false)).toBe(false);
});
