import type * as z from 'zod';
import type { UpdateTicketFieldBody } from '#schema/api/custom-fields.ts';
import type { Id } from '#schema/ids.ts';
import { ticketFields } from '#schema/index.ts';
import { notFound, permitWorkspace } from '#services/access/permit.ts';
import { canonicalJson } from '#services/kernel/canonical-json.ts';
import { change, unchanged } from '#services/kernel/change.ts';
import { given } from '#services/kernel/field-changes.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { requireVersion, type VersionGuard } from '#services/kernel/version-guard.ts';
import { type FieldRow, fieldById, fieldView, mergeOptions, soundField } from './field-row.ts';

export interface UpdateTicketFieldInput {
  fieldId: Id<'tfield'>;
  /** Absent keeps, null clears. */
  changes: Omit<z.output<typeof UpdateTicketFieldBody>, 'version'>;
  ifMatch: VersionGuard | null;
}

const FIELDS = ['label', 'options', 'defaultValue', 'min', 'max', 'requiredOn', 'portal', 'position'] as const;

/**
 * Changes a field; values that things have stay as they are.
 * @throws ServiceError forbidden; not_found; stale_version; unprocessable `invalid_field`, `limit_reached`.
 */
export const updateTicketField = defineVerb({
  name: 'updateTicketField',
  permission: 'ticket_field.manage',
  load: ({ fieldId }: UpdateTicketFieldInput) => ({ found: fieldById(fieldId) }),
  decide({ found: [before] }, { changes, ifMatch }, { authority, now }) {
    const permit = permitWorkspace(authority, 'ticket_field.manage', { view: 'ticket.view_assigned', single: false });
    if (before === undefined) throw notFound();
    requireVersion(ifMatch, before.version, fieldView(before));
    const { options, ...others } = changes;
    const after: FieldRow = soundField({
      ...before,
      ...given(others),
      ...(options === undefined ? {} : { options: mergeOptions(before.options, options) }),
    });
    const [was, is] = [fieldView(before), fieldView(after)];
    const changed = FIELDS.filter((field) => canonicalJson(was[field]) !== canonicalJson(is[field]));
    if (changed.length === 0) return unchanged(permit, was);
    const next = { ...after, updatedAt: now, version: before.version + 1 };
    return change({
      permit,
      answer: fieldView(next),
      roots: [
        {
          kind: 'update',
          table: ticketFields,
          what: 'ticket field',
          loaded: before,
          set: { ...Object.fromEntries(FIELDS.map((field) => [field, next[field]])), version: next.version },
        },
      ],
      audit: {
        action: 'ticket_field.updated',
        target: { type: 'ticket_field', id: before.id, label: next.label },
        changes: Object.fromEntries(changed.map((field) => [field, [was[field], is[field]]])),
      },
    });
  },
});
