import { and, asc, eq, isNull, sql } from 'drizzle-orm';
import type { TicketField } from '#schema/api/custom-fields.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { ticketFields } from '#schema/index.ts';
import { TICKET_VIEWS } from '#services/access/permissions.ts';
import { permitAnywhere } from '#services/access/permit.ts';
import { unchanged } from '#services/kernel/change.ts';
import { type CursorPlace, pageOf, readCursor, writeCursor } from '#services/kernel/cursor.ts';
import { qb, statement } from '#services/kernel/query.ts';
import { defineRead } from '#services/kernel/verb.ts';
import type { KeyRing } from '#services/secrets/key-ring.ts';
import type { FieldOwner } from './field-definition.ts';
import { type FieldRow, fieldView } from './field-row.ts';

export interface ListTicketFieldsInput {
  appliesTo: FieldOwner | undefined;
  includeArchived: boolean;
  limit: number;
  cursor: string | undefined;
}

/** The fields of the desk, in their positions. */
export const listTicketFields = defineRead({
  name: 'listTicketFields',
  permission: TICKET_VIEWS,
  load: (input: ListTicketFieldsInput, { keys }) => ({
    found: statement<FieldRow[]>(
      qb
        .select()
        .from(ticketFields)
        .where(
          and(
            input.appliesTo === undefined ? undefined : eq(ticketFields.appliesTo, input.appliesTo),
            input.includeArchived ? undefined : isNull(ticketFields.archivedAt),
            after(keys, input),
          ),
        )
        .orderBy(asc(ticketFields.position), asc(ticketFields.id))
        .limit(input.limit + 1),
    ),
  }),
  decide({ found }, input, { authority, keys }) {
    const cursor = ({ position, id }: FieldRow) => writeCursor(keys, placeOf(input), [position, id]);
    return unchanged<{ data: TicketField[]; page: { next: string | null; hasMore: boolean } }>(
      permitAnywhere(authority, TICKET_VIEWS),
      pageOf(found, input.limit, fieldView, cursor),
    );
  },
});

const placeOf = ({ appliesTo, includeArchived }: ListTicketFieldsInput): CursorPlace => ({
  operation: 'listTicketFields',
  sort: 'position',
  filter: { appliesTo: appliesTo ?? null, includeArchived },
});

function after(keys: KeyRing, input: ListTicketFieldsInput) {
  if (input.cursor === undefined) return undefined;
  const [position, id] = readCursor(keys, placeOf(input), input.cursor);
  return sql`(${ticketFields.position}, ${ticketFields.id}) > (${Number(position)}, ${idToUuid(id as Id)}::uuid)`;
}
