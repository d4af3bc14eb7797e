import type * as z from 'zod';
import type { ErrorCode, Reason } from '#schema/errors.ts';
import type { Permission } from '#services/access/permissions.ts';

export type Shape = z.ZodObject;
export type Answers = Readonly<Record<number, z.ZodType | null>>;
export type Parsed<S> = S extends z.ZodType ? z.output<S> : undefined;
type Sent<S> = S extends z.ZodType ? z.input<S> : undefined;

/** An answer whose body is of the schema declared for its status. */
export type Answer<A extends Answers> = {
  [S in keyof A]: { status: S; headers?: Record<string, string> } & (A[S] extends z.ZodType
    ? { body: z.input<A[S]> }
    : { body?: null; stream?: ReadableStream<Uint8Array> | undefined });
}[keyof A];

/** A job goes on after the answer: 202 with where it is read. */
export const started = <Job>(body: Job, jobId: string) => ({
  status: 202 as const,
  body,
  headers: { location: `/api/v1/bulk-jobs/${jobId}` },
});

/** Bytes that a `raw` route takes, and the headers that describe them. */
export interface RawExample {
  headers: Readonly<Record<string, string>>;
  text: string;
}

/** What every surface is generated from: router, validation, OpenAPI, docs, the route matrix. */
export interface Contract<P, Q, B, A extends Answers> {
  id: string;
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: `/${string}`;
  tag: string;
  summary: string;
  description?: string;
  params?: P;
  query?: Q;
  body?: B;
  answers: A;
  reasons?: readonly Reason[];
  /** Codes of refusal beside those that follow from the rest of the contract and from its reasons. */
  refuses?: readonly ErrorCode[];
  idempotency: 'key' | 'key_required' | 'natural' | 'none';
  version?: 'none' | 'optional' | 'required';
  /** A request that works, where none can be made from the schemas; ids as `tkt_01h455vb4pex5vsknk084sn02q`. */
  example?: { params?: Sent<P>; query?: Sent<Q>; body?: Sent<B>; raw?: RawExample };
  /** Trips to the database, where it is not one for a read and two for a change. */
  roundTrips?: number;
  /** False where a change by staff cannot be tried out; all others can. */
  dryRun?: false;
  /** Answer fields shown once; a replay gives null. */
  secretFields?: readonly string[];
  /** Counters beside those that every request spends. */
  limits?: readonly 'heavy'[];
  /** Bytes; 256 KiB unless said. */
  bodyLimit?: number;
  deprecated?: { since: string; sunset: string; use: string };
}

export interface StaffContract<P, Q, B, A extends Answers> extends Contract<P, Q, B, A> {
  permission: Permission | { anyOf: readonly [Permission, ...Permission[]] } | 'self';
  check: 'resource' | 'workspace' | 'anywhere';
  /** The body is a file, which streams past the JSON door into the verb; the `example` has one. */
  raw?: true;
}

/** For whoever holds a verified token of a person, member or not. */
export interface IdentityContract<P, Q, B, A extends Answers> extends Contract<P, Q, B, A> {
  permission: 'identity';
}

export interface PublicContract<P, Q, A extends Answers> extends Contract<P, Q, Shape | undefined, A> {
  permission: 'public';
  /** The raw bytes are the handler's, because a signature covers them. */
  bytes?: { contentTypes: readonly string[] };
}
