import { eq } from 'drizzle-orm';
import type * as z from 'zod';
import type { TicketSettings, UpdateTicketSettingsBody } from '#schema/api/ticket-settings.ts';
import { settings, ticketSettings } from '#schema/index.ts';
import { permitWorkspace } from '#services/access/permit.ts';
import { change, type Decision, unchanged } from '#services/kernel/change.ts';
import { auditChanges, fieldChanges, given } from '#services/kernel/field-changes.ts';
import { guard, qb, statement } from '#services/kernel/query.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { requireVersion, type VersionGuard } from '#services/kernel/version-guard.ts';
import { onlyRow, settingsView, type TicketSettingsRow, ticketSettingsQuery } from './settings-row.ts';

export interface UpdateTicketSettingsInput {
  /** Absent keeps, null is a value. */
  changes: Omit<z.output<typeof UpdateTicketSettingsBody>, 'version'>;
  ifMatch: VersionGuard | null;
}

/** Changes how tickets behave. @throws ServiceError forbidden, stale_version. */
export const updateTicketSettings = defineVerb({
  name: 'updateTicketSettings',
  permission: 'admin.manage_settings',
  load: (_input: UpdateTicketSettingsInput) => ({
    found: ticketSettingsQuery(),
    workspace: statement(qb.select({ id: settings.id }).from(settings)),
  }),
  decide({ found, workspace: [workspace] }, { changes, ifMatch }, { authority }): Decision<TicketSettings> {
    const permit = permitWorkspace(authority, 'admin.manage_settings', {
      view: 'admin.manage_settings',
      single: false,
    });
    const before = onlyRow(found);
    requireVersion(ifMatch, before.version, settingsView(before));
    const sent = given(changes);
    const after: TicketSettingsRow = { ...before, ...sent };
    const edits = fieldChanges(before, after, Object.keys(sent) as (keyof TicketSettingsRow & string)[]).filter(
      ({ from, to }) => JSON.stringify(from) !== JSON.stringify(to),
    );
    if (edits.length === 0 || workspace === undefined) return unchanged(permit, settingsView(before));
    after.version += 1;
    const { singleton: _only, revision, eventSeq: _eventSeq, ...set } = after;
    const write = qb
      .update(ticketSettings)
      .set({ ...set, revision: revision + 1 })
      .where(eq(ticketSettings.revision, revision));
    return change<TicketSettings>({
      permit,
      answer: settingsView(after),
      writes: [guard(write.getSQL(), 1, 'settings')],
      audit: {
        action: 'ticket_settings.updated',
        target: { type: 'settings', id: workspace.id },
        changes: auditChanges(edits),
      },
    });
  },
});
