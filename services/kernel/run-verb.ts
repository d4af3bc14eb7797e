import { sql } from 'drizzle-orm';
import { ServiceError } from '#schema/errors.ts';
import { keepWrongSecret } from '#services/access/api-keys/wrong-secret.ts';
import { type Authority, authorityUnchanged } from '#services/access/authority.ts';
import { callerId } from '#services/access/authority-sql.ts';
import type { Credential } from '#services/access/credential.ts';
import type { Permission } from '#services/access/permissions.ts';
import { permitAnywhere } from '#services/access/permit.ts';
import { type ActorRow, actorOf } from './actor.ts';
import { isChange } from './change.ts';
import { commit } from './commit.ts';
import { type Database, isPostgresError } from './database.ts';
import { type DenialTarget, denialStatement, deniedReason } from './denial.ts';
import {
  type IdempotentRequest,
  inFlight,
  isInFlight,
  keptAnswerQuery,
  replayOf,
  type StoredAnswer,
  takeKey,
} from './idempotency.ts';
import { type Caller, decideFor, farOf, type Learned, loadFor, recordLater, useOf } from './load-for-caller.ts';
import { verdictOf } from './postgres-answers.ts';
import { run, type Statement } from './query.ts';
import {
  type AnyVerb,
  type Deciding,
  type Loadables,
  type Loaded,
  loadKind,
  type RequestFacts,
  type SystemVerb,
} from './verb.ts';
import type { Waker } from './wake.ts';

/** All that a verb runs with; made once per request, message batch or tick. */
export interface Kernel extends Deciding {
  db: Database;
  waker: Waker;
  /** Keeps the Worker alive for what the answer need not wait for. */
  waitUntil(promise: Promise<unknown>): void;
  sleep(milliseconds: number): Promise<void>;
  request: RequestFacts;
  /** `PUBLIC_ORIGIN`: the source that webhooks name. */
  publicOrigin: string;
}

export interface Idempotency<Output> extends IdempotentRequest {
  /** The answer as it will be sent; what is shown once stands as null in it. */
  render(output: Output): Omit<StoredAnswer, 'requestId'>;
}

export type Outcome<Output> = { kind: 'done'; output: Output } | { kind: 'replay'; answer: StoredAnswer };

/**
 * Runs a staff verb: load with the caller's authority in the same trip, decide, commit with the authority read again.
 * A lost guard reloads and decides anew, three times, with jitter; `now` stays what it first was.
 * @throws ServiceError as the verb decides, unauthenticated, contention, or unavailable.
 */
export async function runVerb<Input, Output>(
  kernel: Kernel,
  verb: AnyVerb<Input, Output>,
  input: Input,
  caller: Caller & { idempotency?: Idempotency<Output> | undefined },
): Promise<Outcome<Output>> {
  const { credential, idempotency } = caller;
  const learned: Learned = {};
  const attempt = async (): Promise<Outcome<Output>> => {
    const kept = idempotency && (() => keptAnswerQuery(callerId(credential, kernel.now), idempotency, kernel.now));
    const found = await loadFor(kernel, verb, input, caller, learned, kept);
    const { authority } = found;
    if (idempotency !== undefined) {
      const replay = replayOf(found.beside as Parameters<typeof replayOf>[0], idempotency);
      if (replay !== undefined) {
        requireStillHeld(authority, verb.permission);
        await verb.onReplay?.(input, replay, farOf(caller));
        recordLater(kernel, authority);
        return { kind: 'replay', answer: replay };
      }
    }
    const decision = await decideFor(kernel, verb, input, caller, found);
    const key = idempotency === undefined ? [] : takeKeyOf(authority, idempotency, decision.answer, kernel);
    if (!isChange(decision)) {
      if (key.length > 0)
        await kernel.db.batch([unchangedSince(credential, kernel, authority), ...key], { kind: 'commit' });
      recordLater(kernel, authority);
      return { kind: 'done', output: decision.answer };
    }
    const before = [unchangedSince(credential, kernel, authority), ...key, ...useOf(kernel, authority)];
    await commit(kernel, decision, actorOf(authority), before);
    return { kind: 'done', output: decision.answer };
  };
  try {
    return await again(kernel, credential.kind === 'person' ? retryingSignIn(verb) : verb, attempt);
  } catch (error) {
    const { authority } = learned;
    if (authority === undefined) await keepGuess(kernel, credential, error);
    else await keepDenial(kernel, error, actorOf(authority), verb.name, verb.target?.(input) ?? null);
    throw error;
  }
}

/** A secret that fits no key, as opposed to a right one that does not count. */
const isUnknown = (error: unknown): boolean =>
  error instanceof ServiceError && error.code === 'unauthenticated' && error.reason === undefined;

/** A wrong secret for a known key is kept, whatever was asked with it. */
export async function keepGuess(kernel: Kernel, credential: Credential, error: unknown): Promise<void> {
  if (credential.kind === 'api_key' && isUnknown(error))
    await kernel.db.batch([keepWrongSecret(credential.keyId, kernel.request, kernel.now)], { kind: 'commit' });
}

/** A refusal that the audit keeps costs a second trip; every other leaves nothing. */
async function keepDenial(
  kernel: Kernel,
  error: unknown,
  actor: ActorRow,
  verbName: string,
  aimedAt: DenialTarget | null,
): Promise<void> {
  const reason = deniedReason(error);
  if (reason === undefined) return;
  const { denial } = (error as ServiceError).details;
  const operation = denial?.action ?? verbName;
  const target = denial === undefined ? aimedAt : denial.target;
  const statement = denialStatement({ operation, reason, target }, actor, kernel.request, kernel.now);
  await kernel.db.batch([statement], { kind: 'commit' });
}

/**
 * Runs work without a staff credential: a signed door, a consumer, the clock. A verb that loads nothing spends no trip on
 * it. `readOutside` runs between load and decision, again with every reload. @throws as `runVerb`.
 */
export async function runSystemVerb<Input, Q extends Loadables, Output, Outside = undefined>(
  kernel: Kernel,
  verb: SystemVerb<Input, Q, Output, Outside>,
  input: Input,
  actor: ActorRow | ((loaded: Loaded<Q>) => ActorRow),
  readOutside?: (loaded: Loaded<Q>) => Promise<Outside>,
): Promise<Output> {
  const outcome = await again<Output>(kernel, verb, async () => {
    const queries = verb.load(input, { now: kernel.now, auth: sql`auth as (select where false)`, keys: kernel.keys });
    const named = Object.entries(queries);
    const statements = named.map(([, query]) => query);
    const results = statements.length === 0 ? [] : await kernel.db.batch(statements, { kind: loadKind(verb, input) });
    const loaded = Object.fromEntries(named.map(([name], i) => [name, results[i]])) as Loaded<Q>;
    const outside = (await readOutside?.(loaded)) as Outside;
    const decision = verb.decide(loaded, input, kernel, outside);
    if (isChange(decision)) await commit(kernel, decision, typeof actor === 'function' ? actor(loaded) : actor, []);
    return { kind: 'done', output: decision.answer };
  });
  return (outcome as { output: Output }).output;
}

const QUERY_CANCELED = '57014';

/** Runs an attempt until it is through, or refused, or was in the way of others for too long. */
export async function again<Output>(
  kernel: Kernel,
  verb: { name: string; retryOn?: readonly string[]; tries?: number; whenTooSlow?(): ServiceError },
  attempt: () => Promise<Outcome<Output>>,
): Promise<Outcome<Output>> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (verb.whenTooSlow !== undefined && isPostgresError(error) && error.code === QUERY_CANCELED)
        throw verb.whenTooSlow();
      const verdict = verdictOf(error, verb.retryOn ?? []);
      if (verdict.act === 'bug') throw error;
      if (verdict.act === 'answer') throw verdict.error;
      if (tried >= (verb.tries ?? verdict.most)) throw isInFlight(error) ? inFlight() : verdict.otherwise;
      await kernel.sleep(20 + 60 * fraction(kernel));
    }
  }
}

/** A replay tells no stored byte to somebody who lost the right to make the request. */
function requireStillHeld(
  authority: Authority,
  permission: Permission | readonly [Permission, ...Permission[]] | 'self',
): void {
  if (permission !== 'self') permitAnywhere(authority, typeof permission === 'string' ? [permission] : permission);
}

/** Two first requests of one person at once: the later one finds what the first has made. */
export const retryingSignIn = <V extends { name: string; retryOn?: readonly string[]; tries?: number }>(verb: V) => ({
  ...verb,
  retryOn: [
    ...(verb.retryOn ?? []),
    'account_issuer_id_subject_key',
    'principal_role_assignments_live_key',
    'team_memberships_team_id_principal_id_key',
    'user_email_key',
  ],
});

const unchangedSince = (credential: Credential, kernel: Kernel, authority: Authority): Statement =>
  run(authorityUnchanged(credential, kernel.now, authority.digest));

const takeKeyOf = <Output>(
  authority: Authority,
  key: Idempotency<Output>,
  output: Output,
  kernel: Kernel,
): Statement[] =>
  takeKey(authority.principalId, key, { ...key.render(output), requestId: kernel.request.requestId }, kernel.now);

const fraction = (kernel: Kernel): number => (kernel.random(new Uint8Array(1))[0] ?? 0) / 256;
