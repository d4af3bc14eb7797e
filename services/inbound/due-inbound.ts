import { and, asc, lte, sql } from 'drizzle-orm';
import { inboundDeliveries } from '#schema/index.ts';
import { qb, type Statement, statement } from '#services/kernel/query.ts';
import type { Wake } from '#services/kernel/wake.ts';

const MOST = 500;

type Due = Pick<typeof inboundDeliveries.$inferSelect, 'id' | 'source'>;

/** Deliveries whose wake was lost, whose retry has come, or whose run died: the tick sends them again, 500 at a time. */
export const dueInboundQuery = (now: Date): Statement<Due[]> =>
  statement(
    qb
      .select({ id: inboundDeliveries.id, source: inboundDeliveries.source })
      .from(inboundDeliveries)
      .where(
        and(
          sql`${inboundDeliveries.state} in ('received', 'retry', 'processing')`,
          lte(inboundDeliveries.nextAttemptAt, now),
        ),
      )
      .orderBy(asc(inboundDeliveries.nextAttemptAt))
      .limit(MOST),
  );

/** The wake-ups for what the query found. */
export const inboundWakes = (due: readonly Due[]): Wake[] =>
  due.flatMap(({ id, source }): Wake[] => {
    if (source === 'github') return [{ queue: 'github', message: { kind: 'github_inbound', id } }];
    if (source === 'mail') return [{ queue: 'email', message: { kind: 'mail_inbound', id } }];
    return [];
  });
