import { sql } from 'drizzle-orm';
import { ServiceError } from '#schema/errors.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { recordUse } from '#services/access/api-keys/record-use.ts';
import { type Authority, authorityQuery } from '#services/access/authority.ts';
import { authorityCte } from '#services/access/authority-sql.ts';
import { type Credential, unauthenticated } from '#services/access/credential.ts';
import { decideSignIn } from '#services/access/sign-in/decide-sign-in.ts';
import { proveIdentity } from '#services/access/sign-in/identity.ts';
import type { SignIn } from '#services/access/sign-in/sign-in.ts';
import { signInQuery } from '#services/access/sign-in/sign-in-query.ts';
import type { Decision } from './change.ts';
import { commit } from './commit.ts';
import { rows, type Statement } from './query.ts';
import type { Kernel } from './run-verb.ts';
import { type AnyVerb, type FarSide, type Loadables, type Loaded, type Loading, loadKind } from './verb.ts';

/** Who asks, over all attempts of one request. */
export interface Caller {
  credential: Credential;
  far?: FarSide;
  /** Once, as soon as the credential is proved; what it throws is the answer. */
  onProven?: () => Promise<void>;
}

/** What one request has learned of its caller so far. */
export interface Learned {
  authority?: Authority;
  signedIn?: true;
}

export interface LoadedFor {
  authority: Authority;
  loaded: Loaded<Loadables>;
  /** Result of the statement that was sent beside the verb's own. */
  beside: unknown;
}

/**
 * The one trip of a load: the caller's authority, all that the verb needs, and a statement beside them. A person whose
 * claims have moved is signed in first, and the load repeated.
 * @throws ServiceError unauthenticated.
 */
export async function loadFor<Input, Output>(
  kernel: Kernel,
  verb: AnyVerb<Input, Output>,
  input: Input,
  caller: Caller,
  learned: Learned,
  beside?: (at: Loading) => Statement,
): Promise<LoadedFor> {
  const { credential } = caller;
  const cause = kernel.request.claimedCause;
  const auth = authorityCte(credential, kernel.now);
  const at = { now: kernel.now, auth, keys: kernel.keys };
  const named = Object.entries(verb.load(input, at));
  const statements: Statement[] = [
    authorityQuery(credential, kernel.now),
    ...named.map(([, query]) => query),
    ...(beside === undefined ? [] : [beside(at)]),
    ...(cause === undefined ? [] : [causeQuery(cause)]),
    ...(credential.kind === 'person' ? [signInQuery(credential)] : []),
  ];
  const results = (await kernel.db.batch(statements, { kind: loadKind(verb, input) })) as unknown[];
  if (credential.kind === 'person') {
    const identity = await proveIdentity(credential, results.at(-1) as SignIn | undefined, provingIn(kernel, caller));
    const entry = learned.signedIn ? undefined : decideSignIn(identity, kernel);
    if (entry !== undefined) {
      await commit(kernel, entry.change, entry.actor, []);
      learned.signedIn = true;
      return loadFor(kernel, verb, input, caller, learned, beside);
    }
  }
  if (cause !== undefined) {
    const [known] = results[statements.length - (credential.kind === 'person' ? 2 : 1)] as { depth: number }[];
    kernel.request.causation = known === undefined ? null : { eventId: cause, depth: Math.min(known.depth, DEEPEST) };
  }
  const authority = proven(results[0] as ReturnType<ReturnType<typeof authorityQuery>['read']>);
  if (learned.authority === undefined) await caller.onProven?.();
  learned.authority = authority;
  const loaded = Object.fromEntries(named.map(([name], i) => [name, results[i + 1]])) as Loaded<Loadables>;
  const more = Object.entries(verb.loadMore?.(loaded, input, { ...at, authority }) ?? {});
  if (more.length > 0) {
    const found = await kernel.db.batch(
      more.map(([, query]) => query),
      { kind: 'load' },
    );
    Object.assign(loaded, Object.fromEntries(more.map(([name], i) => [name, found[i]])));
  }
  return { authority, loaded, beside: results[named.length + 1] };
}

/** A chain is counted no further than its column goes, long after it was stopped. */
const DEEPEST = 99;

/** The event that a program says it acts on; one that nobody knows is as if nothing had been said. */
const causeQuery = (cause: Id<'evt'>) =>
  rows<{ depth: number }>(sql`select depth from events where id = ${idToUuid(cause)}::uuid`);

/** The decision on what was loaded, after what the verb reads outside the database. @throws ServiceError as it decides. */
export async function decideFor<Input, Output>(
  kernel: Kernel,
  verb: AnyVerb<Input, Output>,
  input: Input,
  caller: Caller,
  { authority, loaded }: LoadedFor,
): Promise<Decision<Output>> {
  const by = { ...kernel, authority };
  const outside = await verb.readOutside?.(loaded, input, by, farOf(caller));
  return verb.decide(loaded, input, by, outside);
}

function proven(found: ReturnType<ReturnType<typeof authorityQuery>['read']>): Authority {
  if (found === undefined) throw unauthenticated();
  if ('refusal' in found)
    throw new ServiceError('unauthenticated', 'This credential is no longer valid.', { reason: found.refusal });
  return found;
}

/** That a key was used, where it is time to note it again: part of the commit of a change. */
export const useOf = (kernel: Kernel, { keyId, useIsDue }: Authority): Statement[] =>
  keyId !== null && useIsDue ? [recordUse(keyId, kernel.request.ip, kernel.now)] : [];

/** The same after an answer that wrote nothing, which waits for nothing. That it fails is nobody's failure. */
export function recordLater(kernel: Kernel, authority: Authority): void {
  const use = useOf(kernel, authority);
  if (use.length === 0) return;
  const recorded = kernel.sleep(0).then(() => kernel.db.batch(use, { kind: 'commit' }));
  kernel.waitUntil(recorded.catch(() => undefined));
}

export const provingIn = (kernel: Kernel, caller: { far?: FarSide }) => ({
  now: kernel.now,
  keys: farOf(caller).issuerKeys,
  publicOrigin: kernel.publicOrigin,
  isMcp: kernel.request.surface === 'mcp',
});

export function farOf({ far }: { far?: FarSide }): FarSide {
  if (far === undefined) throw new TypeError('this needs the far side of the network, which only a door gives');
  return far;
}
