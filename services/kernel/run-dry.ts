import type { EventType } from '#schema/events.ts';
import { actorOf } from './actor.ts';
import { isChange } from './change.ts';
import { commitOf } from './commit.ts';
import { countWrites } from './count-writes.ts';
import { type Caller, decideFor, type Learned, loadFor, recordLater } from './load-for-caller.ts';
import type { Statement } from './query.ts';
import { again, type Kernel, keepGuess, retryingSignIn } from './run-verb.ts';
import type { AnyVerb, Loading } from './verb.ts';

/** What a change would come to. */
export interface DryOutcome<Output, Beside> {
  output: Output;
  /** Whether anything would be written. */
  changes: boolean;
  writes: Record<string, number | null>;
  events: EventType[];
  /** What was asked beside the verb's own load, of things as they are. */
  beside: Beside | undefined;
}

/**
 * Runs a staff verb up to its commit: load, decide, and the statements that would be sent, in one trip. It refuses as in
 * earnest and leaves no audit, denial or idempotency key; that somebody tried a wrong secret is kept all the same.
 * @throws ServiceError as `runVerb`.
 */
export async function runDry<Input, Output, Beside = undefined>(
  kernel: Kernel,
  verb: AnyVerb<Input, Output>,
  input: Input,
  caller: Caller,
  beside?: (at: Loading) => Statement<Beside>,
): Promise<DryOutcome<Output, Beside>> {
  const learned: Learned = {};
  const attempt = async () => {
    const found = await loadFor(kernel, verb, input, caller, learned, beside);
    const decision = await decideFor(kernel, verb, input, caller, found);
    recordLater(kernel, found.authority);
    const statements = isChange(decision)
      ? commitOf(decision, actorOf(found.authority), kernel.request, kernel).statements
      : [];
    const output: DryOutcome<Output, Beside> = {
      output: decision.answer,
      changes: isChange(decision),
      writes: countWrites(statements),
      events: isChange(decision) ? decision.events.map(({ type }) => type) : [],
      beside: found.beside as Beside | undefined,
    };
    return { kind: 'done', output } as const;
  };
  try {
    return ((await again(kernel, retryingSignIn(verb), attempt)) as Awaited<ReturnType<typeof attempt>>).output;
  } catch (error) {
    if (learned.authority === undefined) await keepGuess(kernel, caller.credential, error);
    throw error;
  }
}
