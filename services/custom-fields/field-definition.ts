import { eq } from 'drizzle-orm';
import { ticketFields } from '#schema/index.ts';
import type { FIELD_OWNERS } from '#schema/tables/ticket-fields.ts';
import type { ValueOf } from '#schema/values.ts';
import { qb, type Statement, statement } from '#services/kernel/query.ts';

/** What tickets, contacts and organisations may have fields of. */
export type FieldOwner = ValueOf<typeof FIELD_OWNERS>;

const COLUMNS = {
  key: ticketFields.key,
  type: ticketFields.type,
  options: ticketFields.options,
  defaultValue: ticketFields.defaultValue,
  min: ticketFields.min,
  max: ticketFields.max,
  requiredOn: ticketFields.requiredOn,
  portal: ticketFields.portal,
  archivedAt: ticketFields.archivedAt,
};

/** As much of a field as its values are checked by. */
export type FieldDefinition = Pick<typeof ticketFields.$inferSelect, keyof typeof COLUMNS>;

/** `{key: value}` as stored in `custom_fields` and `attributes`; an absent key has no value, never null. */
export type FieldValues = Readonly<Record<string, unknown>>;

/** The fields of a kind, archived ones too: their old values stay. */
export const fieldDefinitions = (owner: FieldOwner): Statement<FieldDefinition[]> =>
  statement(qb.select(COLUMNS).from(ticketFields).where(eq(ticketFields.appliesTo, owner)));
