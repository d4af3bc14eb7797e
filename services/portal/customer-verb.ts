import type { SQL } from 'drizzle-orm';
import type { Customer, CustomerSession } from '#services/access/customer.ts';
import type { Decision } from '#services/kernel/change.ts';
import type { Deciding, Loadables, Loaded, Loading } from '#services/kernel/verb.ts';

/** What a customer's load may lean on. */
export interface CustomerLoading extends Omit<Loading, 'auth'> {
  session: CustomerSession;
  /** The common table expression that defines the relation `c`; for `statementWith`. */
  c: SQL;
}

/** A change or a read by a customer: one round trip, two with a change. */
export interface CustomerVerb<Input, Q extends Loadables, Output> {
  name: string;
  load(input: Input, at: CustomerLoading): Q;
  decide(loaded: Loaded<Q>, input: Input, by: Deciding & { customer: Customer }): Decision<Output>;
  retryOn?: readonly string[];
  draws?: true;
}

export const defineCustomerVerb = <Input, Q extends Loadables, Output>(verb: CustomerVerb<Input, Q, Output>) => verb;
