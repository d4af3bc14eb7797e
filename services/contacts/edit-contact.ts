import type * as z from 'zod';
import type { UpsertContactBody } from '#schema/api/contacts.ts';
import { ServiceError } from '#schema/errors.ts';
import type { FieldDefinition } from '#services/custom-fields/field-definition.ts';
import { mergeFieldValues } from '#services/custom-fields/merge-values.ts';
import type { Also } from '#services/directory/change-record.ts';
import { given } from '#services/kernel/field-changes.ts';
import { chosenPlace } from './contact-facts.ts';
import type { KnownContact } from './contact-kind.ts';

export type ContactChanges = z.output<typeof UpsertContactBody>['onUpdate'];

/**
 * A contact with other fields: absent keeps, null clears. An organisation that somebody names or takes away is theirs from
 * then on. @throws ServiceError unprocessable `unknown_reference`, `unknown_field`, `invalid_field`; invalid_request where
 * neither name nor address would be left.
 */
export function editContact(
  { row, parts }: KnownContact,
  { organizationId, attributes, ...changes }: ContactChanges,
  loaded: { organization: { archivedAt: Date | null } | undefined; fields: readonly FieldDefinition[] },
): { after: KnownContact; also: Also } {
  const moves = organizationId !== undefined && organizationId !== row.organizationId;
  const { place = {}, also = {} } = moves ? chosenPlace(organizationId, loaded.organization) : {};
  const after = {
    ...row,
    ...given(changes),
    ...place,
    ...(attributes === undefined
      ? {}
      : { attributes: { ...mergeFieldValues(loaded.fields, row.attributes, attributes, '/attributes') } }),
  };
  requireNamed(after.name, parts.length);
  return { after: { row: after, parts }, also };
}

/** @throws ServiceError invalid_request: a contact has a name or an address. */
export function requireNamed(name: string | null, addresses: number): void {
  if (name !== null || addresses > 0) return;
  const detail = 'A contact has a name or an address.';
  throw new ServiceError('invalid_request', detail, {
    errors: [{ in: 'body', pointer: '/name', code: 'required', detail }],
  });
}
