import { and, eq, isNull } from 'drizzle-orm';
import { ServiceError } from '#schema/errors.ts';
import { ticketFields } from '#schema/index.ts';
import { qb, type Statement, statement } from '#services/kernel/query.ts';
import type { Status } from './status-machine.ts';
import type { TicketRow } from './ticket-queries.ts';

/** The custom fields without which staff may not solve a ticket. */
export const requiredOnSolve = (): Statement<{ key: string }[]> =>
  statement(
    qb
      .select({ key: ticketFields.key })
      .from(ticketFields)
      .where(
        and(
          eq(ticketFields.appliesTo, 'ticket'),
          eq(ticketFields.requiredOn, 'solve'),
          isNull(ticketFields.archivedAt),
        ),
      ),
  );

/** @throws ServiceError unprocessable `missing_fields` with their keys. */
export function requireSolvable({ ticket }: TicketRow, to: Status, required: readonly { key: string }[]): void {
  if (to.category !== 'solved' || ticket.statusCategory === 'solved') return;
  const missing = required.map(({ key }) => key).filter((key) => isEmpty(ticket.customFields[key]));
  if (missing.length === 0) return;
  throw new ServiceError('unprocessable', 'Solving needs custom fields that are empty.', {
    reason: 'missing_fields',
    extra: { fields: missing },
  });
}

const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);
