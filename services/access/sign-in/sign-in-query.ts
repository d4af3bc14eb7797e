import { Buffer } from 'node:buffer';
import { sql } from 'drizzle-orm';
import { rows, type Statement } from '#services/kernel/query.ts';
import { emailIn } from './claims.ts';
import { claimsOf } from './person-rows.ts';
import type { PersonCredential } from './person-token.ts';
import type { HeldGrant, KnownPerson, SignIn } from './sign-in.ts';

/** As Postgres writes it: times as text, the digest as hex. */
type Found = Omit<SignIn, 'person' | 'digest' | 'news'> & {
  person: Timed<KnownPerson> | null;
  digest: string;
  news: (Omit<NonNullable<SignIn['news']>, 'grants'> & { grants: Timed<HeldGrant>[] }) | null;
};
type Timed<T> = { [K in keyof T]: T[K] extends Date ? string : T[K] extends Date | null ? string | null : T[K] };

/**
 * The issuer and the person of a token. The claims are not verified yet, so what this reads is used only after they are.
 * Nothing for an issuer that is unknown or disabled.
 */
export function signInQuery(credential: PersonCredential): Statement<SignIn | undefined> {
  const { issuer, subject, via, issuedAt, claims } = credential;
  const query = rows<{ found: Found | null }>(
    sql`select public.sign_in(${issuer}, ${subject}, ${via === 'access_assertion'}::boolean, ${issuedAt.toISOString()}::timestamptz, ${claimsOf(credential)}, ${emailIn(claims) ?? null}) as found`,
  );
  return {
    ...query,
    read: (result) => {
      const found = query.read(result)[0]?.found ?? null;
      return found === null ? undefined : signInOf(found);
    },
  };
}

const signInOf = ({ person, digest, news, ...found }: Found): SignIn => ({
  ...found,
  digest: Uint8Array.from(Buffer.from(digest, 'hex')),
  person:
    person === null
      ? null
      : { ...person, memberSince: date(person.memberSince), tokensValidAfter: date(person.tokensValidAfter) },
  news:
    news === null
      ? null
      : {
          ...news,
          grants: news.grants.map((grant) => ({
            ...grant,
            expiresAt: date(grant.expiresAt),
            createdAt: new Date(grant.createdAt),
          })),
        },
});

const date = (text: string | null): Date | null => (text === null ? null : new Date(text));
