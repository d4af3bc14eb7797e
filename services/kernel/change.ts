import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';
import type { EventPayload, EventType } from '#schema/events.ts';
import type { Id } from '#schema/ids.ts';
import type { MESSAGE_AUDIENCES, ValueOf } from '#schema/values.ts';
import type { Permit } from '#services/access/permit.ts';
import type { Statement } from './query.ts';
import type { Wake } from './wake.ts';

/** A table whose rows are aggregate roots that events name. */
export type RootTable = PgTable & { id: PgColumn; revision: PgColumn; eventSeq: PgColumn };

/** What a guard needs of a loaded root. */
export interface LoadedRoot {
  id: Id;
  revision: number;
  eventSeq: number;
}

/** A root that this commit makes, or touches under its guard; the kernel adds revision and event numbers. */
export type RootWrite =
  | { kind: 'insert'; table: RootTable; row: { id: Id } & Record<string, unknown> }
  /** Many new roots of one table in one statement. */
  | { kind: 'inserts'; table: RootTable; rows: readonly ({ id: Id } & Record<string, unknown>)[] }
  | { kind: 'update'; table: RootTable; what: string; loaded: LoadedRoot; set: Record<string, unknown> }
  /** Many roots of one table that change alike, in one statement: all of them, or the commit rolls back. */
  | {
      kind: 'updates';
      table: RootTable;
      what: string;
      loaded: readonly LoadedRoot[];
      set: Record<string, unknown>;
      /** As they were before they were found alike, for a larger commit. */
      each?: EachRoot[];
    }
  /** Many roots of one table, each with values of its own, in one statement. */
  | {
      kind: 'each';
      table: RootTable;
      what: string;
      each: readonly EachRoot[];
    };

interface EachRoot {
  loaded: LoadedRoot;
  set: Record<string, unknown>;
}

export interface EventDraft<T extends EventType = EventType> {
  type: T;
  /** The root it is about; one of the change's roots. */
  entity: Id;
  payload: EventPayload<T>;
  audience: ValueOf<typeof MESSAGE_AUDIENCES>;
  audienceTeamId?: Id<'team'>;
  /** The entity's inbox and teams, and where this commit moved it, the former ones too. */
  inboxIds?: readonly Id<'inbox'>[];
  teamIds?: readonly Id<'team'>[];
  /** Unique: a second commit with it rolls back and decides again. For timers and jobs. */
  dedupeKey?: string;
  /** The connection that caused it, which is not told again. */
  origin?: Id<'int'>;
  originRef?: string;
  silent?: boolean;
}

/** Checks payload against type at the call; a list of drafts has lost that tie. */
export const event = <T extends EventType>(draft: EventDraft<T>): EventDraft => draft as unknown as EventDraft;

export interface AuditDraft {
  action: string;
  target: { type: string; id: Id; label?: string };
  /** Field → before and after, already passed through the redaction registry of the area. */
  changes?: Readonly<Record<string, unknown>>;
  /** The member or contact for whom a program spoke. */
  onBehalfOf?: Id;
}

export interface ActivityDraft {
  ticketId: Id<'tkt'>;
  /** The ticket's revision after this commit. */
  revision: number;
  version: number | null;
  type: string;
  audience: ValueOf<typeof MESSAGE_AUDIENCES>;
  teamId?: Id<'team'>;
  cause: string;
  data: Readonly<Record<string, unknown>>;
  /** The job that did it. */
  bulkJobId?: Id<'bulk'>;
}

/**
 * All that one commit writes, or none of it. Events, audit and activity are parts of it, so they cannot be written
 * outside the transaction; the permit proves that permission was checked.
 */
export interface Change<Output> {
  permit: Permit;
  answer: Output;
  /** Guards that read (`holdMember`, `holdRow`): what the decision leaned on and does not write. They run first. */
  holds: readonly Statement[];
  roots: readonly RootWrite[];
  /** Children and joins, in order, after the roots. */
  writes: readonly Statement[];
  activity: readonly ActivityDraft[];
  /** Null only for the system's own housekeeping, which its area audits as it says. */
  audit: AuditDraft | null;
  /** Further audit rows, for what the commit does beside its one act. */
  furtherAudit: readonly AuditDraft[];
  events: readonly EventDraft[];
  /** Consumers to wake beside the dispatcher, after the commit. */
  wakes: readonly Wake[];
}

/** A decision that writes nothing: a read, or a change that is already so. */
export interface Unchanged<Output> {
  permit: Permit;
  answer: Output;
  roots?: never;
}

export type Decision<Output> = Change<Output> | Unchanged<Output>;

export const isChange = <Output>(decision: Decision<Output>): decision is Change<Output> =>
  decision.roots !== undefined;

/** A change with the parts that most verbs leave empty. */
export const change = <Output>(
  parts: Pick<Change<Output>, 'permit' | 'answer' | 'audit'> & Partial<Change<Output>>,
): Change<Output> => ({
  holds: [],
  roots: [],
  writes: [],
  activity: [],
  furtherAudit: [],
  events: [],
  wakes: [],
  ...parts,
});

export const unchanged = <Output>(permit: Permit, answer: Output): Unchanged<Output> => ({ permit, answer });
