import { parseApiKey } from '#services/access/credential.ts';
import { runVerb } from '#services/kernel/run-verb.ts';
import type { AnyVerb } from '#services/kernel/verb.ts';
import { testKernel } from './kernel.ts';

/** Runs a staff verb in Node as the holder of a key, and counts its round trips. */
export async function askVerb<Input, Output>(
  databaseUrl: string,
  token: string,
  verb: AnyVerb<Input, Output>,
  input: Input,
  now?: Date,
): Promise<{ output: Output; trips: number }> {
  const credential = parseApiKey(token, null);
  if (credential === undefined) throw new TypeError('a test key parses');
  const kernel = testKernel(databaseUrl, now);
  const outcome = await runVerb(kernel, verb, input, { credential });
  if (outcome.kind !== 'done') throw new TypeError('nothing is replayed here');
  return { output: outcome.output, trips: kernel.db.spent.trips };
}
