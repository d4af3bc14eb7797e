import { and, eq } from 'drizzle-orm';
import { hashId, type Id } from '#schema/ids.ts';
import { inboundDeliveries } from '#schema/index.ts';
import { qb, type Statement, statement } from '#services/kernel/query.ts';

type Row = typeof inboundDeliveries.$inferInsert;

/** What a door knows of a delivery when it stores it. */
export type Arrival = Pick<
  Row,
  'event' | 'action' | 'scopeKey' | 'entityKey' | 'headers' | 'payload' | 'payloadKey' | 'sizeBytes'
> & { source: Row['source']; dedupeKey: string };

/** Made from its key, so that a door can wake the consumer for a delivery whose row an earlier twin wrote. */
export const inboundId = (source: Row['source'], dedupeKey: string): Id<'inbd'> => hashId('inbd', [source, dedupeKey]);

/** Stores a delivery once per key. One that had died is armed again, any other stays as it is. */
export function storeInbound(arrival: Arrival, now: Date): Statement[] {
  const id = inboundId(arrival.source, arrival.dedupeKey);
  const { payload = null, payloadKey = null } = arrival;
  return [
    statement(
      qb
        .insert(inboundDeliveries)
        .values({ id, ...arrival, nextAttemptAt: now, createdAt: now, updatedAt: now })
        .onConflictDoNothing(),
    ),
    statement(
      qb
        .update(inboundDeliveries)
        .set({
          state: 'received',
          attempts: 0,
          outcome: null,
          reason: null,
          result: null,
          processedAt: null,
          nextAttemptAt: now,
          updatedAt: now,
          payload,
          payloadKey,
        })
        .where(and(eq(inboundDeliveries.id, id), eq(inboundDeliveries.state, 'dead'))),
    ),
  ];
}
