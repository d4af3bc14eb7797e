import { sql } from 'drizzle-orm';
import * as z from 'zod';
import { Attributes, CreateContactBody, MAX_EMAILS } from '#schema/api/contacts.ts';
import { normalizeDomain } from '#schema/domain-name.ts';
import { normalizeEmail, requireEmail } from '#schema/email-address.ts';
import type { Id } from '#schema/ids.ts';
import { type ContactRow, contactKind } from '#services/contacts/contact-kind.ts';
import { requireNamed } from '#services/contacts/edit-contact.ts';
import { joined, type ProvenPerson, peopleWhere, relink } from '#services/contacts/link-rule.ts';
import { newContact } from '#services/contacts/new-contact.ts';
import { mergeFieldValues, withDefaults } from '#services/custom-fields/merge-values.ts';
import type { Also } from '#services/directory/change-record.ts';
import { holdOrganization } from '#services/directory/hold-live.ts';
import { textArray } from '#services/directory/record-queries.ts';
import { given } from '#services/kernel/field-changes.ts';
import { rows } from '#services/kernel/query.ts';
import { unknownReference } from '#services/kernel/refusals.ts';
import { EXPORTED, plainColumns, texts } from './import-line.ts';
import { knownFacts } from './known-facts.ts';
import type { KnownFacts, LineKind } from './line-kind.ts';

const { name, title, phone, externalId, avatarUrl, locale, timeZone } = CreateContactBody.shape;
const plain = { name, title, phone, externalId, avatarUrl, locale, timeZone };
const cleared = Object.fromEntries(Object.entries(plain).map(([key, field]) => [key, field.nullable()])) as {
  [K in keyof typeof plain]: z.ZodNullable<(typeof plain)[K]>;
};

/** A line as it is imported, and as an export writes it; of what an export adds, ids and times are passed over. */
const ContactLine = z.strictObject({
  ...cleared,
  emails: z.array(z.string().min(3).max(320)).max(MAX_EMAILS).default([]),
  organizationExternalId: z.string().min(1).max(255).nullish(),
  organizationDomain: z.string().min(1).max(253).nullish(),
  attributes: Attributes.default({}),
  organizationId: z.unknown().optional(),
  ...EXPORTED,
});
type ContactLine = z.output<typeof ContactLine>;

interface Facts extends KnownFacts<ContactRow> {
  organizations: { kind: 'externalId' | 'domain'; key: string; id: Id<'org'> | null }[];
  people: ProvenPerson[];
}

/** Imported addresses are unproved, so no domain places anybody. */
const NO_DOMAINS = { rules: [], freeMail: [], owned: [], joins: false, creates: false };

export const CONTACT_LINES: LineKind<ContactLine, ContactRow, Facts> = {
  record: contactKind,
  schema: ContactLine,
  columns: { plain: plainColumns(ContactLine, 'emails'), list: /^email([2-9]|1\d|20)?$/, json: [] },
  load(lines) {
    const emails = texts(lines.flatMap((line) => line.emails.map(normalizeEmail)));
    const called = texts(lines.map(({ organizationExternalId }) => organizationExternalId));
    const domains = texts(lines.map(({ organizationDomain }) => normalizeDomain(organizationDomain ?? '')));
    return {
      ...knownFacts(contactKind, emails, texts(lines.map((line) => line.externalId))),
      organizations: rows<Facts['organizations'][number]>(sql`
        select 'externalId' as kind, w.key, public.to_typeid('org', (select o.id from organizations o where o.external_id = w.key and o.archived_at is null)) as id
        from unnest(${textArray(called)}) w(key)
        union all
        select 'domain', w.key, public.to_typeid('org', (select d.organization_id from organization_domains d where d.domain = w.key and d.active))
        from unnest(${textArray(domains)}) w(key)`),
      people: peopleWhere(sql`u.email = any (${textArray(emails)})`),
    };
  },
  valuesOf: ({ emails }) => emails.map((email, i) => requireEmail(email, `/emails/${i}`)),
  make(line, emails, facts, by) {
    const organizationId = placeOf(line, facts);
    requireNamed(line.name ?? null, emails.length);
    const place = organizationId == null ? {} : { organizationId, organizationSource: 'import' as const };
    const attributes = {
      ...withDefaults(facts.fields, mergeFieldValues(facts.fields, {}, line.attributes, '/attributes')),
    };
    const { known, also } = newContact(
      { ...plainFields(line), ...place, attributes },
      emails.map((email) => ({ email, verified: false })),
      { domains: NO_DOMAINS, people: facts.people },
      by,
    );
    return { known, also: joined([holding(organizationId), also]) };
  },
  edit({ row, parts }, line, coming, facts) {
    const organizationId = placeOf(line, facts);
    const moves = organizationId !== undefined && organizationId !== row.organizationId;
    const wanted = {
      ...row,
      ...plainFields(line),
      ...(moves ? { organizationId, organizationSource: 'import' as const } : {}),
      attributes: { ...mergeFieldValues(facts.fields, row.attributes, line.attributes, '/attributes') },
    };
    requireNamed(wanted.name, parts.length + coming.length);
    return { row: wanted, also: moves ? holding(organizationId) : {} };
  },
  follow: (after, facts, by) => relink(after, [], facts.people, by),
};

const holding = (organizationId: Id<'org'> | null | undefined): Also =>
  organizationId == null ? {} : { holds: [holdOrganization(organizationId)] };

/** Where the line puts them: `undefined` says nothing of it. @throws ServiceError unprocessable `unknown_reference`. */
function placeOf(line: ContactLine, { organizations }: Facts): Id<'org'> | null | undefined {
  const { organizationExternalId: called, organizationDomain: domain } = line;
  if (called == null && domain == null) return called === null || domain === null ? null : undefined;
  const [kind, key] = called != null ? ['externalId', called] : ['domain', normalizeDomain(domain ?? '')];
  const id = organizations.find((each) => each.kind === kind && each.key === key)?.id;
  if (id == null) throw unknownReference(called != null ? '/organizationExternalId' : '/organizationDomain');
  return id;
}

const plainFields = ({ name, title, phone, externalId, avatarUrl, locale, timeZone }: ContactLine) =>
  given({ name, title, phone, externalId, avatarUrl, locale, timeZone });
