import type { FieldDefinition, FieldValues } from '#services/custom-fields/field-definition.ts';
import { mergeFieldValues } from '#services/custom-fields/merge-values.ts';
import { given } from '#services/kernel/field-changes.ts';
import type { OrganizationRow } from './organization-kind.ts';

type Editable = Pick<
  OrganizationRow,
  'name' | 'externalId' | 'website' | 'notes' | 'shareNewTickets' | 'colleagueAccess'
>;
/** Absent keeps, null clears. */
export type OrganizationChanges = { [K in keyof Editable]?: Editable[K] | undefined } & {
  attributes?: FieldValues | undefined;
};

/** What is given over what is there. @throws ServiceError unprocessable `unknown_field`, `invalid_field`. */
export const editedFields = <Row extends Partial<OrganizationRow>>(
  before: Row,
  { attributes, ...changes }: OrganizationChanges,
  fields: readonly FieldDefinition[],
) => ({
  ...before,
  ...given(changes),
  attributes: { ...mergeFieldValues(fields, before.attributes ?? {}, attributes ?? {}, '/attributes') },
});
