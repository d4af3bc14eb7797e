import type { SQL } from 'drizzle-orm';
import type { ServiceError } from '#schema/errors.ts';
import type { Id, IdSource } from '#schema/ids.ts';
import type { SURFACES, ValueOf } from '#schema/values.ts';
import type { Authority } from '#services/access/authority.ts';
import type { Credential } from '#services/access/credential.ts';
import type { Permission } from '#services/access/permissions.ts';
import type { Identity } from '#services/access/sign-in/identity.ts';
import type { IssuerKeys } from '#services/access/sign-in/verify-token.ts';
import type { Outbound } from '#services/outbound/outbound.ts';
import type { TargetPolicy } from '#services/outbound/target-policy.ts';
import type { KeyRing } from '#services/secrets/key-ring.ts';
import type { FileStore } from '#services/storage/file-store.ts';
import type { ActorRow } from './actor.ts';
import type { Change, Decision, Unchanged } from './change.ts';
import type { DenialTarget } from './denial.ts';
import type { StoredAnswer } from './idempotency.ts';
import type { Statement } from './query.ts';

export type Loadables = Readonly<Record<string, Statement>>;
export type Loaded<Q extends Loadables> = { [K in keyof Q]: Q[K] extends Statement<infer T> ? T : never };

/** What a load may lean on: the moment, and `auth` for statements that read under the caller's authority. */
export interface Loading {
  now: Date;
  /** Common table expressions that define the relation `auth`; for `statementWith`. */
  auth: SQL;
  /** For cursors, which name a place in the list. */
  keys: KeyRing;
}

/** What a decision may lean on. Nothing in it does I/O; time and randomness are values. */
export interface Deciding {
  now: Date;
  ids: IdSource;
  random: (bytes: Uint8Array) => Uint8Array;
  keys: KeyRing;
  /** Where people open things, without a slash at the end; links in events and mail start with it. */
  deskUrl: string;
  /** Which addresses a user may name as a target of our requests. */
  targets: TargetPolicy;
  /** For statements that tell of what they find by themselves. */
  request: RequestFacts;
}

export interface RequestFacts {
  requestId: Id<'req'>;
  surface: ValueOf<typeof SURFACES>;
  ip: string | null;
  country: string | null;
  userAgent: string | null;
  /** What `Mallard-Causation` names; the load looks whether there is such an event. */
  claimedCause?: Id<'evt'> | undefined;
  /** That event, or the one that a consumer acts on. */
  causation: { eventId: Id<'evt'>; depth: number } | null;
}

interface VerbBase<Input, Q extends Loadables> {
  /** The operation's name, as in the API. */
  name: string;
  /** One round trip. Everything the decision needs, read in one snapshot. */
  load(input: Input, at: Loading): Q;
  /** What the operation is aimed at, for the audit of a refusal. */
  target?(input: Input): DenialTarget | null;
  /** Unique constraints whose violation means that a twin was first: reload and decide again. */
  retryOn?: readonly string[];
  /** How often a lost guard is decided again; three times unless said. */
  tries?: number;
  /** The load draws a number from a sequence, which a read-only transaction refuses. */
  draws?: true;
  /** The same for some inputs only. */
  drawsFor?(input: Input): boolean;
  /** The answer when the database gave up, under a time limit that the load sets itself. */
  whenTooSlow?(): ServiceError;
}

/** What lies beyond the database, handed in by the door. */
export interface FarSide {
  /** The public keys of issuers, fetched and kept. */
  issuerKeys: IssuerKeys;
  outbound: Outbound;
  /** `PUBLIC_ORIGIN`, by which tokens name our doors. */
  publicOrigin: string;
  files: FileStore;
  /** Where files are read, best an origin of its own. */
  filesOrigin: string;
}

interface StaffVerb<Input, Q extends Loadables, Outside> extends VerbBase<Input, Q> {
  /** A second trip, for what only the first can name; its results join those of `load`. */
  loadMore?(loaded: Loaded<Q>, input: Input, by: Loading & { authority: Authority }): Loadables;
  permission: Permission | readonly [Permission, ...Permission[]] | 'self';
  /** Runs between load and decision, again with every reload. It asks nobody before it has checked the permission. */
  readOutside?(loaded: Loaded<Q>, input: Input, by: Acting, far: FarSide): Promise<Outside>;
  /** Runs before a kept answer is sent again, where the request has more than its hash tells, such as a stream. */
  onReplay?(input: Input, kept: StoredAnswer, far: FarSide): Promise<void>;
}

type Acting = Deciding & { authority: Authority };

/** A change made by a staff credential: load → decide → commit, two round trips. */
export interface Verb<Input, Q extends Loadables, Output, Outside = undefined> extends StaffVerb<Input, Q, Outside> {
  decide(loaded: Loaded<Q>, input: Input, by: Acting, outside: Outside): Decision<Output>;
}

/** A read by a staff credential: one round trip. Its answer needs a permit as much as a change does. */
export interface ReadVerb<Input, Q extends Loadables, Output, Outside = undefined>
  extends StaffVerb<Input, Q, Outside> {
  decide(loaded: Loaded<Q>, input: Input, by: Acting, outside: Outside): Unchanged<Output>;
}

/** A change by the holder of a verified token, member or not, about themselves: two round trips. */
export interface IdentityVerb<Input, Q extends Loadables, Output> extends VerbBase<Input, Q> {
  permission: 'identity';
  load(input: Input, at: Omit<Loading, 'auth'>): Q;
  decide(loaded: Loaded<Q>, input: Input, by: Deciding & { identity: Identity }): Change<Output>;
  /** Who they turn out to be. */
  actor(output: Output): ActorRow;
}

/**
 * Work without a staff credential: a signed door, a queue consumer, the clock. `Outside` is what the decision needs from
 * beyond the database, such as a stored object that a loaded row names; whoever runs the verb reads it after the load.
 */
export interface SystemVerb<Input, Q extends Loadables, Output, Outside = undefined> extends VerbBase<Input, Q> {
  actor: 'system' | 'integration';
  decide(loaded: Loaded<Q>, input: Input, by: Deciding, outside: Outside): Decision<Output>;
}

/** Whether the load of this input may draw a number. */
export const loadKind = <Input>(verb: { draws?: true; drawsFor?(input: Input): boolean }, input: Input) =>
  verb.draws === true || verb.drawsFor?.(input) === true ? 'load_and_draw' : 'load';

export const defineVerb = <Input, Q extends Loadables, Output, Outside = undefined>(
  verb: Verb<Input, Q, Output, Outside>,
) => verb;
export const defineRead = <Input, Q extends Loadables, Output, Outside = undefined>(
  verb: ReadVerb<Input, Q, Output, Outside>,
) => verb;
export const defineIdentityVerb = <Input, Q extends Loadables, Output>(verb: IdentityVerb<Input, Q, Output>) => verb;
export const defineSystemVerb = <Input, Q extends Loadables, Output, Outside = undefined>(
  verb: SystemVerb<Input, Q, Output, Outside>,
) => verb;

export type AnyVerb<Input, Output> =
  | Verb<Input, Loadables, Output, unknown>
  | ReadVerb<Input, Loadables, Output, unknown>;

export type { Change, Credential, Decision, Unchanged };
