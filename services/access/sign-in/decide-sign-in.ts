import { ServiceError } from '#schema/errors.ts';
import { idToUuid } from '#schema/ids.ts';
import { type ActorRow, systemActor } from '#services/kernel/actor.ts';
import { type Change, change, event } from '#services/kernel/change.ts';
import type { Deciding } from '#services/kernel/verb.ts';
import { holdRow } from '../hold.ts';
import { identityPermit } from '../permit.ts';
import { nameIn, provenEmail, speaksFor } from './claims.ts';
import type { Identity } from './identity.ts';
import { mapClaims } from './map-claims.ts';
import { holdIssuer, insertAccount, linkTo, newcomer, noteClaims, touched } from './person-writes.ts';
import type { KnownPerson, SignInNews } from './sign-in.ts';

/** What a sign-in writes before anything else is decided, and who is said to have done it. */
export interface SignInChange {
  change: Change<null>;
  actor: ActorRow;
}

type By = Pick<Deciding, 'now' | 'ids'>;

/**
 * What a verified token leads to: a link to the person it proves, a new member where the issuer may make one, rows of the
 * issuer brought up to its claims; mostly nothing. A suspended or removed member is never linked and never brought back.
 * @throws ServiceError unauthenticated `not_a_member`, `member_inactive`, `token_revoked`; unprocessable `limit_reached`.
 */
export function decideSignIn(identity: Identity, by: By): SignInChange | undefined {
  const { account, person, news } = identity.signIn;
  if (news === null) return undefined;
  if (account === null) return admit(identity, news, by);
  // Whether this person counts now is what the authority says, which has refused everybody else.
  if (person === null || !counts(person, identity)) return undefined;
  return synchronize(identity, { accountId: account.id, known: account.known }, person, news, by);
}

function admit(identity: Identity, news: SignInNews, by: By): SignInChange {
  const { token, signIn } = identity;
  const { issuer, person } = signIn;
  const email = provenEmail(token.claims, issuer);
  if (issuer.provision === 'off' || email === undefined || !speaksFor(issuer, email)) throw refused('not_a_member');
  if (person?.emailVerified === true && person.memberState !== null) return link(identity, person, news, by);
  if (issuer.provision !== 'create' || news.rules.length === 0) throw refused('not_a_member');
  if (news.full) {
    throw new ServiceError('unprocessable', 'The workspace has as many members as it may.', {
      reason: 'limit_reached',
    });
  }
  const name = nameIn(token.claims, email);
  const made = newcomer(signIn, { email, name, byAccount: false }, by);
  const held = person?.principalId === made.principalId ? news : { ...news, grants: [], memberships: [] };
  const mapped = mapClaims(held, { issuerId: issuer.id, principalId: made.principalId }, by);
  return {
    actor: actorFor(made),
    change: change<null>({
      permit: identityPermit(identity),
      answer: null,
      holds: [holdIssuer(identity), ...mapped.holds, ...made.holds],
      roots: [...made.roots, ...made.tied.roots],
      writes: [insertAccount(identity, made.userId, by), ...made.tied.writes, ...mapped.writes],
      audit: {
        action: 'member.added',
        target: { type: 'principal', id: made.principalId, label: made.displayName },
        changes: { ...linked(identity), state: [person?.memberState ?? null, 'active'], ...mapped.changes },
      },
      events: [
        event({
          type: 'member.added',
          entity: made.principalId,
          audience: 'internal',
          payload: {
            principalId: made.principalId,
            displayName: made.displayName,
            email,
            state: 'active',
            source: 'issuer',
          },
        }),
        ...made.tied.events,
        ...mapped.events,
      ],
    }),
  };
}

function link(identity: Identity, person: KnownPerson, news: SignInNews, by: By): SignInChange {
  if (person.memberState !== 'active') throw refused('member_inactive');
  if (!counts(person, identity)) throw refused('token_revoked');
  const { issuer, contact } = identity.signIn;
  const mapped = mapClaims(news, { issuerId: issuer.id, principalId: person.principalId }, by);
  const tied = linkTo(contact, person.userId, by);
  return {
    actor: actorFor(person),
    change: change<null>({
      permit: identityPermit(identity),
      answer: null,
      holds: [holdIssuer(identity), ...mapped.holds, ...(mapped.events.length === 0 ? [holdPerson(person)] : [])],
      roots: [...(mapped.events.length === 0 ? [] : [touched(person)]), ...tied.roots],
      writes: [insertAccount(identity, person.userId, by), ...tied.writes, ...mapped.writes],
      audit: {
        action: 'identity.linked',
        target: { type: 'principal', id: person.principalId, label: person.displayName },
        changes: { ...linked(identity), ...mapped.changes },
      },
      events: [...tied.events, ...mapped.events],
    }),
  };
}

/** With `first` the rules count when a person is first seen; afterwards it is only noted that the claims changed. */
function synchronize(
  identity: Identity,
  account: { accountId: Parameters<typeof noteClaims>[0]; known: boolean },
  person: KnownPerson,
  news: SignInNews,
  by: By,
): SignInChange {
  const { issuer } = identity.signIn;
  const heeded = issuer.sync === 'always' || !account.known;
  const mapped = heeded
    ? mapClaims(news, { issuerId: issuer.id, principalId: person.principalId }, by)
    : { holds: [], writes: [], events: [], changes: {} };
  const changed = mapped.events.length > 0;
  return {
    actor: systemActor(`Issuer ${issuer.issuer}`.slice(0, MAX_LABEL_CHARACTERS)),
    change: change<null>({
      permit: identityPermit(identity),
      answer: null,
      holds: [holdIssuer(identity), ...mapped.holds],
      roots: changed ? [touched(person)] : [],
      writes: [noteClaims(account.accountId, identity), ...mapped.writes],
      audit: changed
        ? {
            action: 'member.updated',
            target: { type: 'principal', id: person.principalId, label: person.displayName },
            changes: { issuerId: [issuer.id, issuer.id], ...mapped.changes },
          }
        : null,
      events: mapped.events,
    }),
  };
}

const MAX_LABEL_CHARACTERS = 120;

const counts = ({ memberState, tokensValidAfter }: KnownPerson, { token }: Identity): boolean =>
  memberState === 'active' && (tokensValidAfter === null || tokensValidAfter <= token.issuedAt);

const holdPerson = ({ principalId, revision }: KnownPerson) => holdRow('principal', { id: principalId, revision });

const linked = ({ token, signIn }: Identity): Record<string, [null, string]> => ({
  issuerId: [null, signIn.issuer.id],
  subject: [null, token.subject],
});

export const actorFor = (person: Pick<KnownPerson, 'principalId' | 'displayName'>): ActorRow => ({
  actorKind: 'user',
  actorId: idToUuid(person.principalId),
  actorLabel: person.displayName,
  apiKeyId: null,
});

export const refused = (reason: 'not_a_member' | 'member_inactive' | 'token_revoked'): ServiceError =>
  new ServiceError('unauthenticated', 'This token is valid, but gives no access here.', { reason });
