import { MAX_EMAILS } from '#schema/api/contacts.ts';
import { asciiDomain } from '#schema/domain-name.ts';
import { normalizeEmail, requireEmail } from '#schema/email-address.ts';
import { ServiceError } from '#schema/errors.ts';
import type { Id } from '#schema/ids.ts';
import { contactKind, type KnownContact } from '#services/contacts/contact-kind.ts';
import { requireNamed } from '#services/contacts/edit-contact.ts';
import { relink } from '#services/contacts/link-rule.ts';
import { newAddress, newContact } from '#services/contacts/new-contact.ts';
import { mergeFieldValues, withDefaults } from '#services/custom-fields/merge-values.ts';
import { type Also, diffRecord, toldChanges } from '#services/directory/change-record.ts';
import { partTaken, requireChangeable, tooMany } from '#services/directory/require-record.ts';
import { revived, withPrimary } from '#services/directory/revived.ts';
import { given } from '#services/kernel/field-changes.ts';
import { unknownReference } from '#services/kernel/refusals.ts';
import type { Deciding } from '#services/kernel/verb.ts';
import type { ImportFacts, Named } from './import-facts.ts';
import type { ImportLine } from './import-line.ts';

export type ImportMode = 'create' | 'upsert';

/** What a line comes to. */
export type LineResult =
  | { state: 'ok'; contact: KnownContact; also: Also; before: KnownContact | null }
  | { state: 'unchanged'; contact: KnownContact };

/** What the lines before it in the same commit have made: whoever names that waits for the next commit. */
export interface Claimed {
  ids: Set<string>;
  emails: Map<string, Id<'contact'>>;
  externalIds: Set<string>;
}

export const noneClaimed = (): Claimed => ({ ids: new Set(), emails: new Map(), externalIds: new Set() });

/** Imported addresses are unproved, so no domain places anybody. */
const NO_DOMAINS = { rules: [], freeMail: [], owned: [], joins: false, creates: false };

export function namedBy(lines: readonly ImportLine[]): Named {
  const all = (values: (string | null | undefined)[]): string[] => [
    ...new Set(values.filter((value) => typeof value === 'string')),
  ];
  return {
    emails: all(lines.flatMap(({ emails }) => emails.map(normalizeEmail))),
    externalIds: all(lines.map(({ externalId }) => externalId)),
    organizationExternalIds: all(lines.map(({ organizationExternalId }) => organizationExternalId)),
    organizationDomains: all(lines.map(({ organizationDomain }) => asciiDomain(organizationDomain ?? ''))),
  };
}

/**
 * One line decided as the operation on one contact decides it. `undefined`: it is about something that a line before it in
 * this commit has changed. @throws ServiceError as `createContact` and `upsertContact` do.
 */
export function decideLine(
  line: ImportLine,
  mode: ImportMode,
  facts: ImportFacts,
  claimed: Claimed,
  by: Pick<Deciding, 'now' | 'ids'>,
): LineResult | undefined {
  const emails = [...new Set(line.emails.map((email, i) => requireEmail(email, `/emails/${i}`)))];
  const found = foundBy(line, emails, facts);
  if (mode === 'create') {
    requireNew(line, emails, facts, claimed);
    return { state: 'ok', before: null, ...made(line, emails, facts, by) };
  }
  const isClaimed =
    (found !== undefined && claimed.ids.has(found.row.id)) ||
    emails.some((email) => claimed.emails.has(email)) ||
    (line.externalId != null && claimed.externalIds.has(line.externalId));
  if (isClaimed) return undefined;
  if (found === undefined) return { state: 'ok', before: null, ...made(line, emails, facts, by) };
  return changed(found, line, emails, facts, by);
}

/** By external id, else by the first address that somebody has; a live contact before an archived one. */
function foundBy({ externalId }: ImportLine, emails: readonly string[], facts: ImportFacts): KnownContact | undefined {
  const called = externalId == null ? null : facts.called.find(({ key }) => key === externalId)?.id;
  if (called != null) return facts.found.find(({ row }) => row.id === called);
  const having = (email: string, active: boolean) =>
    facts.found
      .filter(({ parts }) => parts.some((part) => part.value === email && part.active === active))
      .toSorted((a, b) => (b.row.archivedAt?.getTime() ?? 0) - (a.row.archivedAt?.getTime() ?? 0))[0];
  for (const active of [true, false]) {
    const [known] = emails.map((email) => having(email, active)).filter((each) => each !== undefined);
    if (known !== undefined) return known;
  }
  return undefined;
}

function requireNew(line: ImportLine, emails: readonly string[], facts: ImportFacts, claimed: Claimed): void {
  for (const value of emails) {
    const ownerId = facts.owners.find((owner) => owner.value === value)?.ownerId ?? claimed.emails.get(value);
    if (ownerId !== undefined) throw partTaken(contactKind, { value, ownerId });
  }
  const { externalId } = line;
  if (externalId == null) return;
  const isLive = facts.found.some(({ row }) => row.externalId === externalId && row.archivedAt === null);
  if (isLive || claimed.externalIds.has(externalId))
    throw new ServiceError('conflict', 'Another contact has this external id.', { reason: 'name_taken' });
}

/** Where the line puts them: `undefined` says nothing of it. @throws ServiceError unprocessable `unknown_reference`. */
function placeOf(line: ImportLine, { organizations }: ImportFacts): Id<'org'> | null | undefined {
  const { organizationExternalId: called, organizationDomain: domain } = line;
  if (called == null && domain == null) return called === null || domain === null ? null : undefined;
  const [kind, key] = called != null ? ['externalId', called] : ['domain', asciiDomain(domain ?? '')];
  const id = organizations.find((each) => each.kind === kind && each.key === key)?.id;
  if (id == null) throw unknownReference(called != null ? '/organizationExternalId' : '/organizationDomain');
  return id;
}

const plainFields = ({ name, title, phone, externalId, avatarUrl, locale, timeZone }: ImportLine) =>
  given({ name, title, phone, externalId, avatarUrl, locale, timeZone });

function made(line: ImportLine, emails: readonly string[], facts: ImportFacts, by: Pick<Deciding, 'now' | 'ids'>) {
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
  return { contact: known, also };
}

function changed(
  found: KnownContact,
  line: ImportLine,
  emails: readonly string[],
  facts: ImportFacts,
  by: Pick<Deciding, 'now' | 'ids'>,
): LineResult {
  requireChangeable(found.row);
  const archived = found.row.archivedAt !== null;
  const taken = facts.owners.filter(({ ownerId }) => ownerId !== found.row.id);
  const live = archived
    ? revived(
        found,
        taken.map(({ value }) => value),
      )
    : found;
  const coming = emails.filter((email) => !live.parts.some(({ value }) => value === email));
  const [other] = taken.filter(({ value }) => coming.includes(value));
  if (other !== undefined) throw partTaken(contactKind, other);
  if (live.parts.length + coming.length > MAX_EMAILS) throw tooMany(`A contact has at most ${MAX_EMAILS} addresses.`);
  const organizationId = placeOf(line, facts);
  const moves = organizationId !== undefined && organizationId !== found.row.organizationId;
  const parts = [...live.parts, ...coming.map((email) => newAddress({ email, verified: false, isPrimary: false }, by))];
  const wanted: KnownContact = {
    row: {
      ...live.row,
      ...plainFields(line),
      ...(moves ? { organizationId, organizationSource: 'import' as const } : {}),
      attributes: { ...mergeFieldValues(facts.fields, live.row.attributes, line.attributes, '/attributes') },
    },
    parts: coming.length === 0 ? live.parts : withPrimary(parts),
  };
  requireNamed(wanted.row.name, wanted.parts.length);
  const { after, changes, roots, writes } = diffRecord(contactKind, found, wanted, by.now);
  if (changes.length === 0) return { state: 'unchanged', contact: found };
  const telling = archived ? 'unarchived' : 'updated';
  const linked = archived || coming.length > 0 ? relink(after, [], facts.people, by) : {};
  return {
    state: 'ok',
    contact: after,
    before: found,
    also: {
      ...linked,
      roots: [...roots, ...(linked.roots ?? [])],
      writes: [...writes, ...(linked.writes ?? [])],
      events: [contactKind.event(telling, after, toldChanges(contactKind, changes)), ...(linked.events ?? [])],
    },
  };
}
