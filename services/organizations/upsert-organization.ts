import { eq, sql } from 'drizzle-orm';
import type * as z from 'zod';
import type { Organization, UpsertOrganizationBody } from '#schema/api/organizations.ts';
import { organizations } from '#schema/index.ts';
import { fieldDefinitions } from '#services/custom-fields/field-definition.ts';
import { withDefaults } from '#services/custom-fields/merge-values.ts';
import { changeRecord } from '#services/directory/change-record.ts';
import { byExternalId, first, ownersOfPartsOf, selectRecords } from '#services/directory/record-queries.ts';
import { permitDirectory } from '#services/directory/require-record.ts';
import { revived } from '#services/directory/revived.ts';
import { change } from '#services/kernel/change.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { domainQueries, requireDomain, requireFree } from './domain-queries.ts';
import { newOrganization } from './new-organization.ts';
import { editedFields } from './organization-changes.ts';
import { organizationKind } from './organization-kind.ts';

export type UpsertOrganizationInput = z.output<typeof UpsertOrganizationBody>;

export interface UpsertedOrganization {
  created: boolean;
  organization: Organization;
}

const domainsIn = ({ identifier }: UpsertOrganizationInput): string[] =>
  'domain' in identifier ? [requireDomain(identifier.domain, '/identifier/domain')] : [];

/**
 * Makes an organisation or changes the one that there is: by one of its domains, or by external id, where a merged one leads
 * to its winner. An archived one comes back. Two at once make one.
 * @throws ServiceError forbidden; conflict `name_taken`; unprocessable `public_suffix`, `free_mail_domain`, `unknown_field`,
 *   `invalid_field`.
 */
export const upsertOrganization = defineVerb({
  name: 'upsertOrganization',
  permission: 'org.manage',
  retryOn: ['organization_domains_domain_key', 'organizations_external_id_key'],
  load(input: UpsertOrganizationInput) {
    const [domain] = domainsIn(input);
    const id =
      'externalId' in input.identifier
        ? byExternalId(organizationKind, input.identifier.externalId)
        : sql`(select d.organization_id from organization_domains d join organizations o on o.id = d.organization_id
            where d.domain = ${domain} order by d.active desc, o.archived_at desc limit 1)`;
    return {
      ...domainQueries(domainsIn(input)),
      found: first(selectRecords(organizationKind, { where: eq(organizations.id, id) })),
      taken: ownersOfPartsOf(organizationKind, id),
      fields: fieldDefinitions('organization'),
    };
  },
  decide({ found, taken, fields, ...loaded }, input, { authority, ids, now }) {
    const permit = permitDirectory(authority, 'org.manage');
    if (found === undefined) {
      const domains = domainsIn(input);
      requireFree(domains, loaded);
      const { name, ...rest } = input.onCreate;
      const edited = editedFields({ name }, rest, fields);
      const named = 'externalId' in input.identifier ? { externalId: input.identifier.externalId } : {};
      const attributes = { ...withDefaults(fields, edited.attributes) };
      const { known, ...made } = newOrganization(ids, { ...edited, ...named, attributes }, domains, now);
      return change<UpsertedOrganization>({
        permit,
        answer: { created: true, organization: organizationKind.view(known) },
        ...made,
        audit: { action: 'organization.created', target: { type: 'organization', id: known.row.id, label: name } },
      });
    }
    const archived = found.row.archivedAt !== null;
    const live = archived
      ? revived(
          found,
          taken.map(({ value }) => value),
        )
      : found;
    return changeRecord(organizationKind, {
      permit,
      before: found,
      after: { row: editedFields(live.row, input.onUpdate, fields), parts: live.parts },
      telling: archived ? 'unarchived' : 'updated',
      now,
      answer: (known): UpsertedOrganization => ({ created: false, organization: organizationKind.view(known) }),
    });
  },
});
