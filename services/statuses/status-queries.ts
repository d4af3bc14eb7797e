import { and, eq, isNull } from 'drizzle-orm';
import type { TicketStatus } from '#schema/api/ticket-statuses.ts';
import type { EventPayload } from '#schema/events.ts';
import type { Id } from '#schema/ids.ts';
import { ticketStatuses } from '#schema/index.ts';
import type { Authority } from '#services/access/authority.ts';
import { type Permit, permitWorkspace } from '#services/access/permit.ts';
import { qb, type Statement, statement } from '#services/kernel/query.ts';

export type StatusRow = typeof ticketStatuses.$inferSelect;

/** A status that is not deleted. */
export const liveStatus = (id: Id<'tstat'>): Statement<StatusRow[]> =>
  statement<StatusRow[]>(
    qb
      .select()
      .from(ticketStatuses)
      .where(and(eq(ticketStatuses.id, id), isNull(ticketStatuses.deletedAt))),
  );

/** Every member reads statuses; defining them is one permission at the workspace. */
export const permitStatuses = (authority: Authority): Permit =>
  permitWorkspace(authority, 'ticket_status.manage', { view: 'ticket_status.manage', single: false });

export const statusView = (row: StatusRow): TicketStatus => ({
  id: row.id,
  name: row.name,
  slug: row.slug,
  color: row.color,
  category: row.category,
  publicLabel: row.publicLabel,
  position: row.position,
  isDefault: row.isDefault,
  isSystem: row.isSystem,
  createdAt: row.createdAt.toISOString(),
  updatedAt: row.updatedAt.toISOString(),
  version: row.version,
});

export const statusPayload = (row: StatusRow): EventPayload<'ticket_status.created'>['status'] => {
  const { id, name, slug, category, publicLabel, isDefault } = row;
  return { id, name, slug, category, publicLabel, isDefault };
};
