import { proveIdentity } from '#services/access/sign-in/identity.ts';
import type { PersonCredential } from '#services/access/sign-in/person-token.ts';
import { signInQuery } from '#services/access/sign-in/sign-in-query.ts';
import { commit } from './commit.ts';
import { provingIn } from './load-for-caller.ts';
import { again, type Kernel, retryingSignIn } from './run-verb.ts';
import type { FarSide, IdentityVerb, Loadables, Loaded } from './verb.ts';

/**
 * Runs a verb for the holder of a verified token, who may be no member yet: load with the issuer in the same trip, verify,
 * decide, commit. A lost guard reloads and decides anew.
 * @throws ServiceError as the verb decides, unauthenticated, contention, or unavailable.
 */
export async function runIdentityVerb<Input, Output>(
  kernel: Kernel,
  verb: IdentityVerb<Input, Loadables, Output>,
  input: Input,
  caller: { credential: PersonCredential; far: FarSide },
): Promise<Output> {
  const outcome = await again<Output>(kernel, retryingSignIn(verb), async () => {
    const named = Object.entries(verb.load(input, { now: kernel.now, keys: kernel.keys }));
    const statements = [signInQuery(caller.credential), ...named.map(([, query]) => query)] as const;
    const [signIn, ...results] = await kernel.db.batch(statements, { kind: 'load' });
    const identity = await proveIdentity(caller.credential, signIn, provingIn(kernel, caller));
    const loaded = Object.fromEntries(named.map(([name], i) => [name, results[i]])) as Loaded<Loadables>;
    const decided = verb.decide(loaded, input, { ...kernel, identity });
    await commit(kernel, decided, verb.actor(decided.answer), []);
    return { kind: 'done', output: decided.answer };
  });
  return (outcome as { output: Output }).output;
}
