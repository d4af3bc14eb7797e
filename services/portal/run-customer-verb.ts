import { idToUuid } from '#schema/ids.ts';
import { unauthenticated } from '#services/access/credential.ts';
import {
  type Customer,
  type CustomerSession,
  customerCte,
  customerQuery,
  customerUnchanged,
} from '#services/access/customer.ts';
import type { ActorRow } from '#services/kernel/actor.ts';
import { isChange } from '#services/kernel/change.ts';
import { commit } from '#services/kernel/commit.ts';
import { again, type Kernel } from '#services/kernel/run-verb.ts';
import { type Loadables, type Loaded, loadKind } from '#services/kernel/verb.ts';
import type { CustomersFarSide, CustomerVerb } from './customer-verb.ts';

/** A customer in history: by the contact, which outlives logins. A visitor without one is told by name alone. */
export const actorOf = ({ contactId, name }: Customer): ActorRow => ({
  actorKind: 'customer',
  actorId: contactId === null ? null : idToUuid(contactId),
  actorLabel: name,
  apiKeyId: null,
});

/**
 * Runs a verb for the holder of a customer session: load with what they are tied to in the same trip, decide, commit with
 * that read again. A lost guard reloads and decides anew.
 * @throws ServiceError as the verb decides, unauthenticated, contention, or unavailable.
 */
export async function runCustomerVerb<Input, Output, Outside = undefined>(
  kernel: Kernel,
  verb: CustomerVerb<Input, Loadables, Output, Outside>,
  input: Input,
  session: CustomerSession,
  far?: CustomersFarSide,
): Promise<Output> {
  const outcome = await again<Output>(kernel, verb, async () => {
    const at = { now: kernel.now, keys: kernel.keys, session, c: customerCte(session) };
    const named = Object.entries(verb.load(input, at));
    const statements = [customerQuery(session), ...named.map(([, query]) => query)] as const;
    const [customer, ...results] = await kernel.db.batch(statements, { kind: loadKind(verb, input) });
    if (customer === undefined) throw unauthenticated();
    const loaded = Object.fromEntries(named.map(([name], i) => [name, results[i]])) as Loaded<Loadables>;
    const by = { ...kernel, customer };
    const outside = (await verb.readOutside?.(loaded, input, by, farOf(far))) as Outside;
    const decision = verb.decide(loaded, input, by, outside);
    if (isChange(decision))
      await commit(kernel, decision, actorOf(customer), [customerUnchanged(session, customer.digest)]);
    return { kind: 'done', output: decision.answer };
  });
  return (outcome as { output: Output }).output;
}

function farOf(far: CustomersFarSide | undefined): CustomersFarSide {
  if (far === undefined) throw new TypeError('this needs files, which only a door gives');
  return far;
}
