import type { Kernel } from '#services/kernel/run-verb.ts';
import type { AnyVerb, IdentityVerb, Loadables } from '#services/kernel/verb.ts';
import type { VersionGuard } from '#services/kernel/version-guard.ts';
import type { Env } from '../env.ts';
import type { Answer, Answers, IdentityContract, Parsed, PublicContract, Shape, StaffContract } from './contract.ts';
import { withDryRun } from './dry-run.ts';

/** A request after validation. `ifMatch` is null when the client sent no version. */
export interface Asked<P, Q, B> {
  params: Parsed<P>;
  query: Parsed<Q>;
  body: Parsed<B>;
  ifMatch: VersionGuard | null;
  /** What a `raw` route reads instead of a body. */
  raw: { headers: Headers; bytes: ReadableStream<Uint8Array> | null };
}

export interface PublicAsked {
  params: Record<string, unknown>;
  query: Record<string, unknown>;
  headers: Headers;
  bytes: Uint8Array;
  /** The body by the contract's schema; read by the handler, once the caller has shown who they are. */
  readBody(): unknown;
  env: Env;
}

// The registry holds routes of every shape; only the door that parsed a request may run one.
export type StaffRoute = StaffContract<Shape | undefined, Shape | undefined, Shape | undefined, Answers> & {
  kind: 'staff';
  verb: AnyVerb<never, unknown>;
  input(asked: Asked<never, never, never>): unknown;
  answer(output: never): Answer<Answers>;
};
export type IdentityRoute = IdentityContract<Shape | undefined, Shape | undefined, Shape | undefined, Answers> & {
  kind: 'identity';
  verb: IdentityVerb<never, Loadables, unknown>;
  input(asked: Asked<never, never, never>): unknown;
  answer(output: never): Answer<Answers>;
};
export type PublicRoute = PublicContract<Shape | undefined, Shape | undefined, Answers> & {
  kind: 'public';
  handle(kernel: Kernel, asked: PublicAsked): Promise<Answer<Answers>>;
};
export type Route = StaffRoute | IdentityRoute | PublicRoute;

/** A route for people and programs of the desk: contract, the one verb it calls, and the two translations. */
export function staffRoute<
  Input,
  Output,
  P extends Shape | undefined = undefined,
  Q extends Shape | undefined = undefined,
  B extends Shape | undefined = undefined,
  const A extends Answers = Answers,
>(
  route: StaffContract<P, Q, B, A> & {
    verb: AnyVerb<Input, Output>;
    input(asked: Asked<P, Q, B>): Input;
    answer(output: Output): Answer<A>;
  },
): StaffRoute {
  return withDryRun({ kind: 'staff', ...route } as unknown as StaffRoute);
}

/** A route for the holder of a verified token, who may be no member yet. */
export const identityRoute = <
  Input,
  Output,
  P extends Shape | undefined = undefined,
  Q extends Shape | undefined = undefined,
  B extends Shape | undefined = undefined,
  const A extends Answers = Answers,
>(
  route: IdentityContract<P, Q, B, A> & {
    verb: IdentityVerb<Input, Loadables, Output>;
    input(asked: Asked<P, Q, B>): Input;
    answer(output: Output): Answer<A>;
  },
): IdentityRoute => ({ kind: 'identity', ...route }) as unknown as IdentityRoute;

/** A route that authenticates by something else: a signature over the bytes, or nothing. */
export const publicRoute = <const A extends Answers>(
  route: PublicContract<Shape | undefined, Shape | undefined, A> & {
    handle(kernel: Kernel, asked: PublicAsked): Promise<Answer<A>>;
  },
): PublicRoute => ({ kind: 'public', ...route }) as unknown as PublicRoute;
