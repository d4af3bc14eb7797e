import type * as z from 'zod';
import type { CreateOrganizationBody, Organization } from '#schema/api/organizations.ts';
import { fieldDefinitions } from '#services/custom-fields/field-definition.ts';
import { withDefaults } from '#services/custom-fields/merge-values.ts';
import { permitDirectory } from '#services/directory/require-record.ts';
import { change } from '#services/kernel/change.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { domainQueries, requireDomain, requireFree } from './domain-queries.ts';
import { newOrganization } from './new-organization.ts';
import { editedFields } from './organization-changes.ts';
import { organizationKind } from './organization-kind.ts';

export type CreateOrganizationInput = z.output<typeof CreateOrganizationBody>;

const domainsIn = ({ domains }: CreateOrganizationInput): string[] =>
  domains.map((domain, i) => requireDomain(domain, `/domains/${i}`));

/**
 * Makes an organisation. @throws ServiceError forbidden; conflict `domain_taken`, `name_taken`; unprocessable
 * `public_suffix`, `free_mail_domain`, `unknown_field`, `invalid_field`.
 */
export const createOrganization = defineVerb({
  name: 'createOrganization',
  permission: 'org.manage',
  load: (input: CreateOrganizationInput) => ({
    ...domainQueries(domainsIn(input)),
    fields: fieldDefinitions('organization'),
  }),
  decide({ fields, ...loaded }, input, { authority, ids, now }) {
    const permit = permitDirectory(authority, 'org.manage');
    const domains = domainsIn(input);
    requireFree(domains, loaded);
    const { domains: _domains, name, ...rest } = input;
    const edited = editedFields({ name }, rest, fields);
    const attributes = { ...withDefaults(fields, edited.attributes) };
    const { known, ...made } = newOrganization(ids, { ...edited, attributes }, domains, now);
    return change<Organization>({
      permit,
      answer: organizationKind.view(known),
      ...made,
      audit: {
        action: 'organization.created',
        target: { type: 'organization', id: known.row.id, label: name },
        changes: { name: [null, name], domains: [null, domains] },
      },
    });
  },
});
