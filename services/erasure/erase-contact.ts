import { eq, sql } from 'drizzle-orm';
import type * as z from 'zod';
import type { EraseContactBody, ErasureStarted } from '#schema/api/exchange.ts';
import { ServiceError } from '#schema/errors.ts';
import { fold } from '#schema/fold.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { contacts, principal } from '#schema/index.ts';
import { linkEvent } from '#services/access/contact-link.ts';
import { contactKind } from '#services/contacts/contact-kind.ts';
import { endLinks, joined, linksWhere } from '#services/contacts/link-rule.ts';
import { recordById, selectRecords } from '#services/directory/record-queries.ts';
import { permitDirectory, permitRecord, requireChangeable } from '#services/directory/require-record.ts';
import { startJob } from '#services/directory/start-job.ts';
import { change, unchanged } from '#services/kernel/change.ts';
import { run } from '#services/kernel/query.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { erasePeople, peopleToEraseWhere } from '#services/people/erase-people.ts';
import { ERASED_NAME, type Erasure } from './erasure.ts';

export interface EraseContactInput extends z.output<typeof EraseContactBody> {
  id: Id<'contact'>;
}

/**
 * Makes a person unknown: the contact, those merged into it and their logins keep nothing that says who they were. What they
 * wrote and what was written about them follows in a job. Erasing again changes nothing.
 * @throws ServiceError not_found; forbidden; invalid_request; conflict `merged`, `member_active`.
 */
export const eraseContact = defineVerb({
  name: 'eraseContact',
  permission: 'org.manage',
  load({ id }: EraseContactInput) {
    const all = sql`(select c.id from contacts c where ${idToUuid(id)}::uuid in (c.id, c.merged_into_id))`;
    return {
      found: recordById(contactKind, id),
      absorbed: selectRecords(contactKind, { where: eq(contacts.mergedIntoId, id) }),
      links: linksWhere(sql`l.contact_id in ${all}`),
      people: peopleToEraseWhere(
        sql`${principal.userId} in (select l.user_id from contact_user_links l where l.contact_id in ${all} and l.unlinked_at is null)`,
      ),
    };
  },
  decide({ found, absorbed, links, people }, { id, contactId, messages }, by) {
    const { known } = permitRecord(by.authority, 'org.manage', found);
    const permit = permitDirectory(by.authority, 'admin.manage_users');
    if (contactId !== id) throw notConfirmed();
    if (known.row.erasedAt !== null)
      return unchanged<ErasureStarted>(permit, { contactId, jobId: null, quotesStay: true });
    requireChangeable(known.row);
    const all = [known, ...absorbed];
    const ids = all.map(({ row }) => row.id);
    const told: Erasure = {
      contacts: ids,
      people: people.map((person) => person.id),
      words: [
        ...new Set([
          ...all.flatMap(({ row, parts }) => [
            ...[row.name, row.phone, row.externalId].filter((word) => word !== null),
            ...parts.map(({ value }) => value),
          ]),
          ...links.flatMap(({ email }) => email ?? []),
        ]),
      ],
      messages,
    };
    const { jobId, also } = startJob('erase', { ...told }, by);
    const uuids = sql`${sql.param(ids.map(idToUuid))}::uuid[]`;
    const person = erasePeople(people, by.now);
    return change<ErasureStarted>({
      permit,
      answer: { contactId, jobId, quotesStay: true },
      ...joined([
        {
          roots: [
            {
              kind: 'updates',
              table: contacts,
              what: 'contact',
              loaded: all.map(({ row }) => row),
              set: {
                ...BLANK,
                archivedAt: sql`coalesce(${contacts.archivedAt}, ${by.now.toISOString()}::timestamptz)`,
                erasedAt: by.now,
                version: sql`${contacts.version} + 1`,
              },
            },
            ...person.roots,
          ],
          writes: [
            run(sql`delete from contact_emails where contact_id = any (${uuids})`),
            run(sql`update ticket_subscriptions set muted_at = ${by.now.toISOString()}::timestamptz, muted_until = null
              where contact_id = any (${uuids}) and (muted_at is null or muted_until is not null)`),
            ...person.writes,
          ],
          events: links.map((link) => linkEvent('unlinked', link)),
        },
        endLinks(
          links.map((link) => link.id),
          by.now,
        ),
        also,
      ]),
      audit: { action: 'contact.erased', target: { type: 'contact', id } },
      furtherAudit: person.furtherAudit,
    });
  },
});

const BLANK = {
  name: ERASED_NAME,
  title: null,
  phone: null,
  externalId: null,
  organizationId: null,
  organizationSource: null,
  avatarUrl: null,
  locale: null,
  timeZone: null,
  attributes: {},
  sortName: fold(ERASED_NAME),
  searchText: '',
};

function notConfirmed(): ServiceError {
  const detail = 'Repeat the id of the path; an erasure cannot be undone.';
  return new ServiceError('invalid_request', detail, {
    errors: [{ in: 'body', pointer: '/contactId', code: 'invalid_value', detail }],
  });
}
