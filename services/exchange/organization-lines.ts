import * as z from 'zod';
import { Attributes } from '#schema/api/contacts.ts';
import { MAX_DOMAINS, UpdateOrganizationBody } from '#schema/api/organizations.ts';
import { normalizeDomain } from '#schema/domain-name.ts';
import { ServiceError } from '#schema/errors.ts';
import { withDefaults } from '#services/custom-fields/merge-values.ts';
import { textArray } from '#services/directory/record-queries.ts';
import { type DomainFacts, domainFacts, requireOwnDomain } from '#services/organizations/domain-facts.ts';
import { requireDomain } from '#services/organizations/domain-queries.ts';
import { newOrganization } from '#services/organizations/new-organization.ts';
import { editedFields } from '#services/organizations/organization-changes.ts';
import { type OrganizationRow, organizationKind } from '#services/organizations/organization-kind.ts';
import { EXPORTED, plainColumns, texts } from './import-line.ts';
import { knownFacts } from './known-facts.ts';
import type { KnownFacts, LineKind } from './line-kind.ts';

const { version: _version, attributes: _attributes, ...changes } = UpdateOrganizationBody.shape;

const OrganizationLine = z.strictObject({
  ...changes,
  domains: z.array(z.string().min(1).max(2048)).max(MAX_DOMAINS).default([]),
  attributes: Attributes.default({}),
  ...EXPORTED,
});
type OrganizationLine = z.output<typeof OrganizationLine>;

interface Facts extends KnownFacts<OrganizationRow> {
  domains: DomainFacts;
}

export const ORGANIZATION_LINES: LineKind<OrganizationLine, OrganizationRow, Facts> = {
  record: organizationKind,
  schema: OrganizationLine,
  columns: {
    plain: plainColumns(OrganizationLine, 'domains'),
    list: /^domain(s|[2-9]|[1-9]\d|100)?$/,
    json: ['shareNewTickets'],
  },
  load(lines) {
    const domains = texts(lines.flatMap((line) => line.domains.map(normalizeDomain)));
    return {
      ...knownFacts(organizationKind, domains, texts(lines.map(({ externalId }) => externalId))),
      domains: domainFacts(textArray(domains)),
    };
  },
  valuesOf: ({ domains }) => domains.map((domain, i) => requireDomain(domain, `/domains/${i}`)),
  make(line, domains, facts, { ids, now }) {
    const { name, ...rest } = saidBy(line);
    if (name === undefined) throw nameless();
    for (const domain of domains) requireOwnDomain(domain, facts.domains);
    const edited = editedFields({ name }, rest, facts.fields);
    const attributes = { ...withDefaults(facts.fields, edited.attributes) };
    const { known, ...also } = newOrganization(ids, { ...edited, attributes }, domains, now);
    return { known, also };
  },
  edit({ row }, line, coming, facts) {
    for (const domain of coming) requireOwnDomain(domain, facts.domains);
    return { row: editedFields(row, saidBy(line), facts.fields), also: {} };
  },
  follow: () => ({}),
};

const saidBy = ({ domains: _d, id: _i, createdAt: _c, updatedAt: _u, ...said }: OrganizationLine) => said;

function nameless(): ServiceError {
  const detail = 'An organisation has a name.';
  return new ServiceError('invalid_request', detail, {
    errors: [{ in: 'body', pointer: '/name', code: 'required', detail }],
  });
}
