import { and, asc, type SQL, sql } from 'drizzle-orm';
import type { View } from '#schema/api/views.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { savedViews } from '#schema/index.ts';
import { offered } from '#services/access/offered.ts';
import { TICKET_VIEWS } from '#services/access/permissions.ts';
import { permitTicketList } from '#services/access/permit.ts';
import { unchanged } from '#services/kernel/change.ts';
import { pageOf, readCursor, writeCursor } from '#services/kernel/cursor.ts';
import { statementWith } from '#services/kernel/query.ts';
import { defineRead } from '#services/kernel/verb.ts';
import type { KeyRing } from '#services/secrets/key-ring.ts';
import { type FoundView, selectViews, viewView } from './view-queries.ts';

export interface ListViewsInput {
  limit: number;
  cursor: string | undefined;
}

const PLACE = { operation: 'listViews', sort: 'position', filter: {} };

/** The views that the caller is offered, by position. */
export const listViews = defineRead({
  name: 'listViews',
  permission: TICKET_VIEWS,
  load: (input: ListViewsInput, { auth, keys }) => ({
    found: statementWith<FoundView[]>(
      auth,
      selectViews()
        .where(and(offered(savedViews, 'view.manage'), after(keys, input)))
        .orderBy(asc(savedViews.position), asc(savedViews.id))
        .limit(input.limit + 1),
    ),
  }),
  decide({ found }, { limit }, { authority, keys }) {
    const cursor = ({ view }: FoundView) => writeCursor(keys, PLACE, [view.position, view.id]);
    return unchanged<{ data: View[]; page: { next: string | null; hasMore: boolean } }>(
      permitTicketList(authority),
      pageOf(found, limit, viewView, cursor),
    );
  },
});

function after(keys: KeyRing, { cursor }: ListViewsInput): SQL | undefined {
  if (cursor === undefined) return undefined;
  const [position, id] = readCursor(keys, PLACE, cursor);
  return sql`(${savedViews.position}, ${savedViews.id}) > (${Number(position)}::integer, ${idToUuid(id as Id)}::uuid)`;
}
