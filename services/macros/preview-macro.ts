import type { MacroPreview } from '#schema/api/macros.ts';
import { ServiceError } from '#schema/errors.ts';
import { TICKET_VIEWS } from '#services/access/permissions.ts';
import { attempt } from '#services/kernel/attempt.ts';
import { unchanged } from '#services/kernel/change.ts';
import { defineRead } from '#services/kernel/verb.ts';
import { diffTicket } from '#services/tickets/change-ticket.ts';
import { requireEditable } from '#services/tickets/edit-ticket.ts';
import { changeByMacro, loadMacro, type MacroOnTicket, planMacro } from './plan-macro.ts';

/** What a macro would say and change on a ticket, and what stands against it. @throws ServiceError not_found. */
export const previewMacro = defineRead({
  name: 'previewMacro',
  permission: TICKET_VIEWS,
  load: (input: MacroOnTicket, at) => loadMacro(input, at),
  decide(loaded, input, by) {
    const plan = planMacro(loaded, input, by);
    const { before, after, message, permit } = plan;
    const refusals = [...plan.refusals];
    if (refusals.length === 0) {
      const whole = attempt(() => {
        requireEditable(before, null);
        changeByMacro(plan, loaded, by);
      });
      if (whole instanceof ServiceError) refusals.push({ action: null, error: whole });
    }
    return unchanged<MacroPreview>(permit, {
      message,
      changes: [
        ...diffTicket(before, after),
        ...(plan.edits.some(({ follows }) => follows) ? [{ field: 'subscribed', from: false, to: true }] : []),
      ],
      refusals: refusals.map(({ action, error }) => ({
        action,
        code: error.code,
        reason: error.reason ?? null,
        detail: error.message,
      })),
    });
  },
});
