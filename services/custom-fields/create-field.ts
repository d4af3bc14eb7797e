import { and, eq, isNull, sql } from 'drizzle-orm';
import type * as z from 'zod';
import type { CreateTicketFieldBody } from '#schema/api/custom-fields.ts';
import { ServiceError } from '#schema/errors.ts';
import { newId } from '#schema/ids.ts';
import { ticketFields } from '#schema/index.ts';
import { permitWorkspace } from '#services/access/permit.ts';
import { change } from '#services/kernel/change.ts';
import { qb, type Statement, statement } from '#services/kernel/query.ts';
import { requireFree, takenQuery } from '#services/kernel/taken.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import type { FieldOwner } from './field-definition.ts';
import { fieldView, MOST_FIELDS, soundField } from './field-row.ts';

/** A field that stands at the limit of its kind, if there is one. */
export const fullQuery = (owner: FieldOwner): Statement<unknown[]> =>
  statement(
    qb
      .select({ id: ticketFields.id })
      .from(ticketFields)
      .where(and(eq(ticketFields.appliesTo, owner), isNull(ticketFields.archivedAt)))
      .offset(MOST_FIELDS - 1)
      .limit(1),
  );

/** @throws ServiceError unprocessable `limit_reached`. */
export function requireFieldRoom(full: readonly unknown[]): void {
  if (full.length === 0) return;
  throw new ServiceError('unprocessable', `At most ${MOST_FIELDS} live fields of a kind.`, { reason: 'limit_reached' });
}

/**
 * Defines a field of tickets, contacts or organisations. Key and type are for good.
 * @throws ServiceError forbidden; conflict `name_taken`; unprocessable `invalid_field`, `limit_reached`.
 */
export const createTicketField = defineVerb({
  name: 'createTicketField',
  permission: 'ticket_field.manage',
  load: ({ appliesTo, key }: z.output<typeof CreateTicketFieldBody>) => ({
    full: fullQuery(appliesTo),
    taken: takenQuery(sql`select from ticket_fields where applies_to = ${appliesTo} and key = ${key}`),
  }),
  decide({ full, taken }, input, { authority, now, ids }) {
    const permit = permitWorkspace(authority, 'ticket_field.manage', { view: 'ticket.view_assigned', single: false });
    requireFieldRoom(full);
    requireFree(taken);
    const field = soundField({
      id: newId(ids, 'tfield'),
      appliesTo: input.appliesTo,
      key: input.key,
      type: input.type,
      label: input.label,
      options: input.options ?? [],
      defaultValue: input.defaultValue ?? null,
      min: input.min ?? null,
      max: input.max ?? null,
      requiredOn: input.requiredOn ?? 'none',
      portal: input.portal ?? 'hidden',
      position: input.position ?? 0,
      archivedAt: null,
      createdAt: now,
      updatedAt: now,
      version: 1,
      revision: 1,
      eventSeq: 0,
    });
    return change({
      permit,
      answer: fieldView(field),
      roots: [{ kind: 'insert', table: ticketFields, row: field }],
      audit: {
        action: 'ticket_field.created',
        target: { type: 'ticket_field', id: field.id, label: field.label },
        changes: { appliesTo: [null, field.appliesTo], key: [null, field.key], type: [null, field.type] },
      },
    });
  },
});
