import type { TicketSettings } from '#schema/api/ticket-settings.ts';
import { ticketSettings } from '#schema/index.ts';
import { qb, type Statement, statement } from '#services/kernel/query.ts';

export type TicketSettingsRow = typeof ticketSettings.$inferSelect;

export const ticketSettingsQuery = (): Statement<TicketSettingsRow[]> =>
  statement<TicketSettingsRow[]>(qb.select().from(ticketSettings));

/** The one row, which migrations made. */
export function onlyRow([row]: readonly TicketSettingsRow[]): TicketSettingsRow {
  if (row === undefined) throw new TypeError('no row of ticket settings');
  return row;
}

export const settingsView = ({
  singleton: _only,
  revision: _revision,
  eventSeq: _eventSeq,
  ...view
}: TicketSettingsRow): TicketSettings => view;
