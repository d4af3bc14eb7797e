import { and, asc, sql } from 'drizzle-orm';
import type { Macro } from '#schema/api/macros.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { macros } from '#schema/index.ts';
import { offered } from '#services/access/offered.ts';
import { TICKET_VIEWS } from '#services/access/permissions.ts';
import { permitTicketList } from '#services/access/permit.ts';
import { unchanged } from '#services/kernel/change.ts';
import { pageOf, readCursor, writeCursor } from '#services/kernel/cursor.ts';
import { qb, statementWith } from '#services/kernel/query.ts';
import { defineRead } from '#services/kernel/verb.ts';
import { type MacroRow, macroView } from './macro-queries.ts';

export interface ListMacrosInput {
  limit: number;
  cursor: string | undefined;
}

const PLACE = { operation: 'listMacros', sort: 'position', filter: {} };

/** The macros that the caller is offered, by position. */
export const listMacros = defineRead({
  name: 'listMacros',
  permission: TICKET_VIEWS,
  load: ({ limit, cursor }: ListMacrosInput, { auth, keys }) => {
    const [position, id] = cursor === undefined ? [] : readCursor(keys, PLACE, cursor);
    const after =
      cursor === undefined
        ? undefined
        : sql`(${macros.position}, ${macros.id}) > (${Number(position)}::integer, ${idToUuid(id as Id)}::uuid)`;
    return {
      found: statementWith<MacroRow[]>(
        auth,
        qb
          .select()
          .from(macros)
          .where(and(offered(macros, 'macro.manage'), after))
          .orderBy(asc(macros.position), asc(macros.id))
          .limit(limit + 1),
      ),
    };
  },
  decide({ found }, { limit }, { authority, keys }) {
    const cursor = ({ position, id }: MacroRow) => writeCursor(keys, PLACE, [position, id]);
    return unchanged<{ data: Macro[]; page: { next: string | null; hasMore: boolean } }>(
      permitTicketList(authority),
      pageOf(found, limit, macroView, cursor),
    );
  },
});
