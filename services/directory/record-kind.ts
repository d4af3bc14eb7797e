import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';
import type { Id } from '#schema/ids.ts';
import type { EventDraft, LoadedRoot, RootTable } from '#services/kernel/change.ts';

/** An address of a contact or a domain of an organisation. */
export interface Part {
  id: Id<'cmail' | 'odom'>;
  value: string;
  isPrimary: boolean;
  active: boolean;
  /** Always null for domains. */
  verifiedAt: Date | null;
  createdAt: Date;
}

/** What contacts and organisations have in common. */
export interface RecordRow extends LoadedRoot {
  name: string | null;
  externalId: string | null;
  attributes: Record<string, unknown>;
  sortName: string;
  searchText: string;
  archivedAt: Date | null;
  erasedAt?: Date | null;
  mergedIntoId: Id | null;
  createdAt: Date;
  updatedAt: Date;
  version: number;
}

/** A record with all of its addresses or domains, the oldest of them last but for the primary one. */
export interface Known<Row> {
  row: Row;
  parts: readonly Part[];
}

export type Telling = 'created' | 'updated' | 'archived' | 'unarchived';

/** How contacts and organisations differ, for the verbs that are the same for both. */
export interface RecordKind<Row extends RecordRow, Wire> {
  noun: 'contact' | 'organization';
  prefix: 'contact' | 'org';
  table: RootTable & Record<'sortName' | 'searchText' | 'externalId' | 'archivedAt' | 'mergedIntoId', PgColumn>;
  parts: {
    name: 'emails' | 'domains';
    prefix: 'cmail' | 'odom';
    table: PgTable & { id: PgColumn };
    /** Column names as Postgres has them. */
    sqlName: string;
    sqlOwner: string;
    sqlValue: string;
    verifiable: boolean;
    most: number;
    stored(ownerId: Row['id'], part: Part): Record<string, unknown>;
  };
  /** Fields whose change is an edit. */
  fields: readonly (keyof Row & string)[];
  /** Among them those whose text is told to nobody. */
  untold: readonly string[];
  named(known: Known<Row>): { sortName: string; searchText: string };
  view(known: Known<Row>): Wire;
  /** The event; `changes` goes with `updated` only. */
  event(telling: Telling, known: Known<Row>, changes: { field: string; from: unknown; to: unknown }[]): EventDraft;
}
