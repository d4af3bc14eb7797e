import { TICKET_VIEWS } from '#services/access/permissions.ts';
import { permitAnywhere } from '#services/access/permit.ts';
import { unchanged } from '#services/kernel/change.ts';
import { defineRead } from '#services/kernel/verb.ts';
import { onlyRow, settingsView, ticketSettingsQuery } from './settings-row.ts';

/** How tickets behave in this workspace. */
export const getTicketSettings = defineRead({
  name: 'getTicketSettings',
  permission: TICKET_VIEWS,
  load: (_input: Record<never, never>) => ({ found: ticketSettingsQuery() }),
  decide: ({ found }, _input, { authority }) =>
    unchanged(permitAnywhere(authority, TICKET_VIEWS), settingsView(onlyRow(found))),
});
