import { and, eq, sql } from 'drizzle-orm';
import { type Id, newId } from '#schema/ids.ts';
import { account, contacts, principal, user } from '#schema/index.ts';
import type { Change, RootWrite } from '#services/kernel/change.ts';
import { guard, qb, type Statement, statement } from '#services/kernel/query.ts';
import type { Deciding } from '#services/kernel/verb.ts';
import { beginLink } from '../contact-link.ts';
import { holdRow } from '../hold.ts';
import type { Identity } from './identity.ts';
import type { KnownPerson, SignIn } from './sign-in.ts';

/** A person about to be a member: who they are then, and what has to be written before and as the root. */
export interface Newcomer extends Omit<KnownPerson, 'memberState' | 'tokensValidAfter' | 'revision' | 'eventSeq'> {
  memberSince: Date;
  /** The person's own row goes before the root that refers to it. */
  holds: Statement[];
  roots: RootWrite[];
  /** The link to the contact whose address they have proved. */
  tied: NewLink;
}

/**
 * Makes a member of the person who has proved `email`: of the customer or former member they are, or of nobody yet. Somebody
 * who has the address without proof gives it up.
 */
export function newcomer(
  { person: known, contact }: Pick<SignIn, 'person' | 'contact'>,
  proven: { email: string; name: string; byAccount: boolean },
  by: Pick<Deciding, 'now' | 'ids'>,
): Newcomer {
  const { now, ids } = by;
  const member = { memberState: 'active', memberSince: known?.memberSince ?? now, memberEndedAt: null } as const;
  if (known !== null && (known.emailVerified || proven.byAccount)) {
    const version = known.version + 1;
    const root: RootWrite = {
      kind: 'update',
      table: principal,
      what: 'person',
      loaded: asRoot(known),
      set: { ...member, version },
    };
    const holds = provesAddress(known, proven.email, now);
    return {
      ...known,
      version,
      memberSince: member.memberSince,
      holds,
      roots: [root],
      tied: known.emailVerified || holds.length > 0 ? linkTo(contact, known.userId, by) : NOT_LINKED,
    };
  }
  const userId = newId(ids, 'user');
  const principalId = newId(ids, 'prin');
  const row = { id: principalId, type: 'user', userId, displayName: proven.name, ...member, memberSince: now };
  const person = { id: userId, email: proven.email, emailVerified: true, createdAt: now, updatedAt: now };
  return {
    principalId,
    userId,
    displayName: proven.name,
    email: proven.email,
    emailVerified: true,
    avatarUrl: null,
    memberSince: now,
    version: 1,
    holds: [...(known === null ? [] : [givesUpAddress(known, now)]), statement(qb.insert(user).values(person))],
    roots: [
      ...(known === null ? [] : [touched(known)]),
      { kind: 'insert', table: principal, row: { ...row, createdAt: now, updatedAt: now } },
    ],
    tied: linkTo(contact, userId, by),
  };
}

type NewLink = Pick<Change<unknown>, 'roots' | 'writes' | 'events'>;
const NOT_LINKED: NewLink = { roots: [], writes: [], events: [] };

/** Staff who write from an address of a contact are that contact too. No contact is made of them: they have asked nothing. */
export const linkTo = (contact: SignIn['contact'], userId: Id<'user'>, by: Pick<Deciding, 'now' | 'ids'>): NewLink =>
  contact === null
    ? NOT_LINKED
    : {
        roots: [{ kind: 'update', table: contacts, what: 'contact', loaded: contact, set: {} }],
        ...beginLink({ contactId: contact.id, userId, source: 'verified_email' }, by),
      };

/** The person of an account may have no proved address yet. Another one of their own stays. */
const provesAddress = ({ userId, email, emailVerified }: KnownPerson, proven: string, now: Date): Statement[] =>
  emailVerified || (email !== null && email !== proven)
    ? []
    : [
        statement(
          qb.update(user).set({ email: proven, emailVerified: true, updatedAt: now }).where(eq(user.id, userId)),
        ),
      ];

const givesUpAddress = ({ userId }: KnownPerson, now: Date): Statement =>
  guard(
    qb
      .update(user)
      .set({ email: null, updatedAt: now })
      .where(and(eq(user.id, userId), eq(user.emailVerified, false)))
      .getSQL(),
    1,
    'person',
  );

/** The person as a root of the change: their rows move its revision. */
export const touched = (known: KnownPerson): RootWrite => ({
  kind: 'update',
  table: principal,
  what: 'person',
  loaded: asRoot(known),
  set: {},
});

const asRoot = ({ principalId, revision, eventSeq }: KnownPerson) => ({ id: principalId, revision, eventSeq });

/** From now on the issuer's subject is this person. The claims count as acted on. */
export const insertAccount = (
  { token, signIn }: Identity,
  userId: Id<'user'>,
  { now, ids }: Pick<Deciding, 'now' | 'ids'>,
): Statement =>
  statement(
    qb.insert(account).values({
      id: newId(ids, 'acct'),
      userId,
      issuerId: signIn.issuer.id,
      subject: token.subject,
      claimsDigest: signIn.digest,
      claimsIssuedAt: token.issuedAt,
      createdAt: now,
    }),
  );

/** Notes which claims were acted on; an older token that comes in between loses. */
export const noteClaims = (accountId: Id<'acct'>, { token, signIn }: Identity): Statement =>
  guard(
    qb
      .update(account)
      .set({ claimsDigest: signIn.digest, claimsIssuedAt: token.issuedAt })
      .where(
        and(
          eq(account.id, accountId),
          sql`(${account.claimsIssuedAt} is null or ${account.claimsIssuedAt} <= ${token.issuedAt.toISOString()}::timestamptz)`,
        ),
      )
      .getSQL(),
    1,
    'account',
  );

/** The issuer stays as it was loaded: not disabled, with the same rules. */
export const holdIssuer = ({ signIn: { issuer } }: Identity): Statement => holdRow('auth_issuers', issuer);
