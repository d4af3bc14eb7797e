import { type Kernel, runVerb } from '#services/kernel/run-verb.ts';
import type { AnyVerb } from '#services/kernel/verb.ts';
import type { DemoMember } from './people.ts';

/** What a member of the demo does, through the verb, by their own key. */
export async function act<Input, Output>(
  kernel: Kernel,
  verb: AnyVerb<Input, Output>,
  who: DemoMember,
  input: Input,
): Promise<Output> {
  const outcome = await runVerb(kernel, verb, input, { credential: who.credential });
  if (outcome.kind !== 'done') throw new TypeError('the demo sends no idempotency key');
  return outcome.output;
}
