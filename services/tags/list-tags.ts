import { and, asc, sql } from 'drizzle-orm';
import type { TicketTag } from '#schema/api/ticket-tags.ts';
import { ticketTags } from '#schema/index.ts';
import { foldTagName } from '#schema/tag-name.ts';
import { TICKET_VIEWS } from '#services/access/permissions.ts';
import { permitAnywhere } from '#services/access/permit.ts';
import { unchanged } from '#services/kernel/change.ts';
import { type CursorPlace, pageOf, readCursor, writeCursor } from '#services/kernel/cursor.ts';
import { qb, statement } from '#services/kernel/query.ts';
import { defineRead } from '#services/kernel/verb.ts';
import { type TagRow, tagView } from './tag-row.ts';

export interface ListTicketTagsInput {
  /** The beginning of the name, in any spelling. */
  prefix: string | undefined;
  limit: number;
  cursor: string | undefined;
}

/** The tags of the desk by name. */
export const listTicketTags = defineRead({
  name: 'listTicketTags',
  permission: TICKET_VIEWS,
  load: (input: ListTicketTagsInput, { keys }) => {
    const { prefix, cursor } = input;
    const [last] = cursor === undefined ? [undefined] : readCursor(keys, placeOf(input), cursor);
    return {
      found: statement<TagRow[]>(
        qb
          .select()
          .from(ticketTags)
          .where(
            and(
              prefix === undefined ? undefined : sql`starts_with(${ticketTags.name}, ${foldTagName(prefix)})`,
              last === undefined ? undefined : sql`${ticketTags.name} > ${String(last)}`,
            ),
          )
          .orderBy(asc(ticketTags.name))
          .limit(input.limit + 1),
      ),
    };
  },
  decide({ found }, input, { authority, keys }) {
    const cursor = ({ name }: TagRow) => writeCursor(keys, placeOf(input), [name]);
    return unchanged<{ data: TicketTag[]; page: { next: string | null; hasMore: boolean } }>(
      permitAnywhere(authority, TICKET_VIEWS),
      pageOf(found, input.limit, tagView, cursor),
    );
  },
});

const placeOf = ({ prefix }: ListTicketTagsInput): CursorPlace => ({
  operation: 'listTicketTags',
  sort: 'name',
  filter: { prefix: prefix ?? null },
});
