import type { Id } from '#schema/ids.ts';
import { fieldDefinitions } from '#services/custom-fields/field-definition.ts';
import { changeRecord } from '#services/directory/change-record.ts';
import { recordById } from '#services/directory/record-queries.ts';
import { permitChange } from '#services/directory/require-record.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import type { VersionGuard } from '#services/kernel/version-guard.ts';
import { editedFields, type OrganizationChanges } from './organization-changes.ts';
import { organizationKind } from './organization-kind.ts';

export interface UpdateOrganizationInput {
  id: Id<'org'>;
  changes: OrganizationChanges;
  ifMatch: VersionGuard | null;
}

/**
 * Changes an organisation. @throws ServiceError not_found; forbidden; stale_version; conflict `merged`, `name_taken`;
 * unprocessable `unknown_field`, `invalid_field`.
 */
export const updateOrganization = defineVerb({
  name: 'updateOrganization',
  permission: 'org.manage',
  load: ({ id }: UpdateOrganizationInput) => ({
    found: recordById(organizationKind, id),
    fields: fieldDefinitions('organization'),
  }),
  decide({ found, fields }, { changes, ifMatch }, { authority, now }) {
    const { permit, known } = permitChange(organizationKind, authority, found, ifMatch);
    return changeRecord(organizationKind, {
      permit,
      before: known,
      after: { row: editedFields(known.row, changes, fields), parts: known.parts },
      now,
      answer: organizationKind.view,
    });
  },
});
