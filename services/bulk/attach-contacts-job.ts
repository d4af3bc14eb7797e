import { type SQL, sql } from 'drizzle-orm';
import { type Id, idToUuid } from '#schema/ids.ts';
import { contacts } from '#schema/index.ts';
import { systemPermit } from '#services/access/permit.ts';
import { organizationById } from '#services/contacts/contact-facts.ts';
import { contactKind, type KnownContact } from '#services/contacts/contact-kind.ts';
import { holdOrganization } from '#services/directory/hold-live.ts';
import { selectRecords } from '#services/directory/record-queries.ts';
import { systemActor } from '#services/kernel/actor.ts';
import { change } from '#services/kernel/change.ts';
import { fieldChanges } from '#services/kernel/field-changes.ts';
import { type Kernel, runSystemVerb } from '#services/kernel/run-verb.ts';
import { defineSystemVerb } from '#services/kernel/verb.ts';
import { ContactsToAttach } from '#services/organizations/attach-contacts.ts';
import { type BulkJob, CHUNK_ITEMS, countChunk } from './bulk-job.ts';

const attachChunk = defineSystemVerb({
  name: 'attachContacts',
  actor: 'system',
  load: ({ who }: { jobId: Id<'bulk'>; who: ContactsToAttach }) => ({
    people: selectRecords(contactKind, { where: toAttach(who), orderBy: [sql`${contacts.id}`], limit: CHUNK_ITEMS }),
    organization: organizationById(who.organizationId),
  }),
  decide({ people, organization }, { jobId, who }, { now }) {
    // An organisation that is gone takes nobody in, and the job is over; people of one that was merged are its winner's anyhow.
    const moves = 'from' in who;
    const joining = organization === undefined || (organization.archivedAt !== null && !moves) ? [] : people;
    const more = joining.length === CHUNK_ITEMS;
    const move = ({ row, parts }: KnownContact): KnownContact => ({
      row: {
        ...row,
        organizationId: who.organizationId,
        organizationSource: moves ? row.organizationSource : 'domain',
        version: row.version + 1,
      },
      parts,
    });
    const set = {
      organizationId: who.organizationId,
      ...(moves ? {} : { organizationSource: 'domain' }),
      version: sql`${contacts.version} + 1`,
    };
    return change({
      permit: systemPermit('bulk_job'),
      answer: { more },
      holds: joining.length === 0 || moves ? [] : [holdOrganization(who.organizationId)],
      roots:
        joining.length === 0
          ? []
          : [{ kind: 'updates', table: contacts, what: 'contact', loaded: joining.map(({ row }) => row), set }],
      // A merge tells the job of the winner.
      writes: [countChunk(jobId, joining.length, !more, now, sql`params ->> 'organizationId' = ${who.organizationId}`)],
      events: joining.map((known) => {
        const after = move(known);
        return contactKind.event(
          'updated',
          after,
          fieldChanges(known.row, after.row, ['organizationId', 'organizationSource']),
        );
      }),
      // The change of the organisation is audited; that each of its people moved stands in their events.
      audit: null,
    });
  },
});

/**
 * The words of a domain find its people, and their addresses then tell them from those who only share a word, and from those
 * of a longer domain that somebody has.
 */
function toAttach(who: ContactsToAttach): SQL {
  if ('from' in who) return sql`${contacts.organizationId} = ${idToUuid(who.from)}::uuid`;
  const { domain } = who;
  return sql`${contacts.archivedAt} is null and ${contacts.organizationId} is null and ${contacts.organizationSource} is null
    and search_doc(${contacts.searchText}) @@ phraseto_tsquery('simple', ${domain})
    and exists (select from contact_emails e where e.contact_id = ${contacts.id} and e.active and e.verified_at is not null
      and (split_part(e.email, '@', 2) = ${domain} or split_part(e.email, '@', 2) like ${`%.${domain}`})
      and not exists (select from organization_domains d where d.active and d.domain like ${`%.${domain}`}
        and (split_part(e.email, '@', 2) = d.domain or split_part(e.email, '@', 2) like '%.' || d.domain)))`;
}

/** Runs one chunk of an `attach_contacts` job. */
export async function attachContactsOfJob(kernel: Kernel, job: BulkJob): Promise<BulkJob | undefined> {
  const input = { jobId: job.id, who: ContactsToAttach.parse(job.params) };
  const { more } = await runSystemVerb(kernel, attachChunk, input, systemActor());
  return more ? job : undefined;
}
