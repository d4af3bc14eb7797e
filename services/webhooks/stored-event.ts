import { type SQL, sql } from 'drizzle-orm';
import type { ACTOR_KINDS, ValueOf } from '#schema/values.ts';
import type { Audience } from './audience.ts';

/** An event as its body is rendered from: a row of `events` as JSON, ids as uuids, instants as text of Postgres. */
export interface StoredEvent {
  id: string;
  type: string;
  occurredAt: string;
  position: number | null;
  entityType: string;
  entityId: string;
  entitySeq: number;
  actorKind: ValueOf<typeof ACTOR_KINDS>;
  actorId: string | null;
  actorLabel: string | null;
  surface: string;
  audience: Audience;
  /** A job where `depth` is 0, else an event. */
  causationId: string | null;
  depth: number;
  origin: string | null;
  silent: boolean;
  test: boolean;
  payload: Record<string, unknown>;
}

/** The same as SQL over a row of `events`. */
export const storedEvent = (row: 'e'): SQL =>
  sql.raw(`jsonb_build_object('id', ${row}.id, 'type', ${row}.type, 'occurredAt', ${row}.occurred_at, 'position', ${row}.position,
    'entityType', ${row}.entity_type, 'entityId', ${row}.entity_id, 'entitySeq', ${row}.entity_seq,
    'actorKind', ${row}.actor_kind, 'actorId', ${row}.actor_id, 'actorLabel', ${row}.actor_label, 'surface', ${row}.surface,
    'audience', ${row}.audience, 'causationId', ${row}.causation_id, 'depth', ${row}.depth, 'origin', ${row}.origin, 'silent', ${row}.silent,
    'test', ${row}.test, 'payload', ${row}.payload)`);
