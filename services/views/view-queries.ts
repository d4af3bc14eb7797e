import { eq, type SQL, sql } from 'drizzle-orm';
import type { TicketFilter } from '#schema/api/ticket-filter.ts';
import { ticketFilterQuery } from '#schema/api/ticket-filter.ts';
import type { View } from '#schema/api/views.ts';
import type { Id } from '#schema/ids.ts';
import { savedViews } from '#schema/index.ts';
import { qb, rows, type Statement, statement } from '#services/kernel/query.ts';

export type ViewRow = typeof savedViews.$inferSelect;
export interface FoundView {
  view: ViewRow;
  stale: boolean;
}

/** What a filter may name, and whether it is still there. */
const LIVE = {
  status: ['tstat', 'ticket_statuses', 'x.deleted_at is null'],
  team: ['team', 'teams', 'x.archived_at is null'],
  inbox: ['inbox', 'inboxes', 'x.archived_at is null'],
  organization: ['org', 'organizations', 'x.archived_at is null'],
  assignee: ['prin', 'principal', `x.member_state = 'active'`],
  tag: ['ttag', 'ticket_tags', 'true'],
} as const;

const stale = sql<boolean>`(${sql.raw(
  Object.entries(LIVE)
    .map(
      ([name, [prefix, table, live]]) =>
        `exists (select from unnest(string_to_array(saved_views.filter ->> '${name}', ',')) as named (id)
        where starts_with(named.id, '${prefix}_') and not exists (select from ${table} x where x.id = public.from_typeid(named.id, '${prefix}') and ${live}))`,
    )
    .join(' or '),
)})`;

export const selectViews = () => qb.select({ view: savedViews, stale }).from(savedViews);

export const viewById = (viewId: Id<'view'>): Statement<FoundView[]> =>
  statement<FoundView[]>(selectViews().where(eq(savedViews.id, viewId)));

export const viewView = ({ view, stale: isStale }: FoundView): View => ({
  id: view.id,
  name: view.name,
  audience: view.audience,
  teamId: view.teamId,
  filter: view.filter as Record<string, string>,
  sort: view.sort as View['sort'],
  columns: view.columns,
  position: view.position,
  stale: isStale,
  createdAt: view.createdAt.toISOString(),
  updatedAt: view.updatedAt.toISOString(),
  version: view.version,
});

const filterSchema = ticketFilterQuery({});

/** The list that a view stands for, `me` and `myTeams` still to be resolved by who looks. */
export const filterOfView = ({ filter, sort }: Pick<ViewRow, 'filter' | 'sort'>): TicketFilter =>
  filterSchema.parse({ ...filter, sort }) as TicketFilter;

const MOST_PRIVATE = 50;
const MOST_SHARED = 200;

export interface ViewRoom {
  privateFull: boolean;
  sharedFull: boolean;
}

/** Whether the caller has room for one more view of their own, and the workspace for one more that is shared. */
export const viewRoom = (auth: SQL): Statement<(ViewRoom & Record<string, unknown>)[]> =>
  rows(sql`with ${auth} select
    exists (select from saved_views where owner_principal_id = (select holder_id from auth) offset ${MOST_PRIVATE - 1}) as "privateFull",
    exists (select from saved_views where audience <> 'private' offset ${MOST_SHARED - 1}) as "sharedFull"`);
