import { eq } from 'drizzle-orm';
import type { TicketTag } from '#schema/api/ticket-tags.ts';
import type { Id } from '#schema/ids.ts';
import { ticketTags } from '#schema/index.ts';
import { qb, type Statement, statement } from '#services/kernel/query.ts';

export type TagRow = typeof ticketTags.$inferSelect;

export const tagById = (id: Id<'ttag'>): Statement<TagRow[]> =>
  statement(qb.select().from(ticketTags).where(eq(ticketTags.id, id)));

export const tagView = ({ id, name, color, createdAt, updatedAt, version }: TagRow): TicketTag => ({
  id,
  name,
  color,
  createdAt: createdAt.toISOString(),
  updatedAt: updatedAt.toISOString(),
  version,
});
