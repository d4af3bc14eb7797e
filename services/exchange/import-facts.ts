import { type SQL, sql } from 'drizzle-orm';
import type { Id } from '#schema/ids.ts';
import { contacts } from '#schema/index.ts';
import { contactKind, type KnownContact } from '#services/contacts/contact-kind.ts';
import { type ProvenPerson, peopleWhere } from '#services/contacts/link-rule.ts';
import { type FieldDefinition, fieldDefinitions } from '#services/custom-fields/field-definition.ts';
import { type Owner, selectRecords, textArray } from '#services/directory/record-queries.ts';
import { rows } from '#services/kernel/query.ts';

/** What the lines of a chunk name. */
export interface Named {
  emails: readonly string[];
  externalIds: readonly string[];
  organizationExternalIds: readonly string[];
  organizationDomains: readonly string[];
}

export interface ImportFacts {
  found: KnownContact[];
  called: { key: string; id: Id<'contact'> | null }[];
  owners: Owner[];
  organizations: { kind: 'externalId' | 'domain'; key: string; id: Id<'org'> | null }[];
  people: ProvenPerson[];
  fields: FieldDefinition[];
}

const calledSql = (key: SQL): SQL => sql`(
  select coalesce(x.merged_into_id, x.id) from contacts x where x.external_id = ${key} and x.erased_at is null
  order by x.archived_at desc nulls first limit 1)`;

/** All that deciding the lines needs, in as many statements for five hundred as for one. */
export function importFacts({ emails, externalIds, organizationExternalIds, organizationDomains }: Named) {
  const matched = sql`(
    select (select e.contact_id from contact_emails e join contacts c on c.id = e.contact_id
      where e.email = w.email and c.erased_at is null order by e.active desc, c.archived_at desc limit 1)
    from unnest(${textArray(emails)}) w(email)
    union select ${calledSql(sql`w.key`)} from unnest(${textArray(externalIds)}) w(key))`;
  return {
    found: selectRecords(contactKind, { where: sql`${contacts.id} in ${matched}` }),
    called: rows<ImportFacts['called'][number]>(
      sql`select w.key, public.to_typeid('contact', ${calledSql(sql`w.key`)}) as id from unnest(${textArray(externalIds)}) w(key)`,
    ),
    owners: rows<Owner>(sql`
      select e.email as value, public.to_typeid('contact', e.contact_id) as "ownerId" from contact_emails e
      where e.active and (e.email = any (${textArray(emails)})
        or e.email in (select p.email from contact_emails p where not p.active and p.contact_id in ${matched}))`),
    organizations: rows<ImportFacts['organizations'][number]>(sql`
      select 'externalId' as kind, w.key, public.to_typeid('org', (select o.id from organizations o where o.external_id = w.key and o.archived_at is null)) as id
      from unnest(${textArray(organizationExternalIds)}) w(key)
      union all
      select 'domain', w.key, public.to_typeid('org', (select d.organization_id from organization_domains d where d.domain = w.key and d.active))
      from unnest(${textArray(organizationDomains)}) w(key)`),
    people: peopleWhere(sql`u.email = any (${textArray(emails)})`),
    fields: fieldDefinitions('contact'),
  };
}
