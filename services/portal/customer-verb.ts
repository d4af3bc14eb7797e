import type { SQL } from 'drizzle-orm';
import type { Customer, CustomerSession } from '#services/access/customer.ts';
import type { Decision } from '#services/kernel/change.ts';
import type { Deciding, FarSide, Loadables, Loaded, Loading } from '#services/kernel/verb.ts';

/** What a customer's load may lean on. */
export interface CustomerLoading extends Omit<Loading, 'auth'> {
  session: CustomerSession;
  /** The common table expression that defines the relation `c`; for `statementWith`. */
  c: SQL;
}

/** What a customer's verb may reach beyond the database. */
export type CustomersFarSide = Pick<FarSide, 'files' | 'filesOrigin'>;

/** A change or a read by a customer: one round trip, two with a change. */
export interface CustomerVerb<Input, Q extends Loadables, Output, Outside = undefined> {
  name: string;
  load(input: Input, at: CustomerLoading): Q;
  /** Runs between load and decision, again with every reload. */
  readOutside?(
    loaded: Loaded<Q>,
    input: Input,
    by: Deciding & { customer: Customer },
    far: CustomersFarSide,
  ): Promise<Outside>;
  decide(loaded: Loaded<Q>, input: Input, by: Deciding & { customer: Customer }, outside: Outside): Decision<Output>;
  retryOn?: readonly string[];
  draws?: true;
}

export const defineCustomerVerb = <Input, Q extends Loadables, Output, Outside = undefined>(
  verb: CustomerVerb<Input, Q, Output, Outside>,
) => verb;
