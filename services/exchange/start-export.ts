import { eq } from 'drizzle-orm';
import type * as z from 'zod';
import type { StartedJob } from '#schema/api/bulk.ts';
import type { CreateExportBody } from '#schema/api/exchange.ts';
import type { Id } from '#schema/ids.ts';
import { contacts } from '#schema/index.ts';
import type { Authority } from '#services/access/authority.ts';
import { type Permit, permitAnywhere } from '#services/access/permit.ts';
import { contactKind } from '#services/contacts/contact-kind.ts';
import { type FieldDefinition, fieldDefinitions } from '#services/custom-fields/field-definition.ts';
import { first, selectRecords } from '#services/directory/record-queries.ts';
import { permitDirectory, permitRecord } from '#services/directory/require-record.ts';
import { startJob } from '#services/directory/start-job.ts';
import { change } from '#services/kernel/change.ts';
import { type Deciding, defineVerb } from '#services/kernel/verb.ts';
import { columnsOf } from './export-format.ts';
import type { ExportOf } from './export-pages.ts';
import { requireRoom, runningQuery } from './running-jobs.ts';

/** What the job works with; `after`, `part` and `sizes` move with every commit. */
export interface ExportParams extends Record<string, unknown> {
  of: ExportOf;
  contactId: Id<'contact'> | null;
  /** Of a CSV; null for NDJSON. */
  columns: string[] | null;
  /** Under which the parts lie in storage, and then the whole. */
  storageKey: string;
  after: string | null;
  sizes: number[];
}

type By = Deciding & { authority: Authority };

function started(permit: Permit, params: Pick<ExportParams, 'of' | 'contactId' | 'columns'>, by: By) {
  const random = Buffer.from(by.random(new Uint8Array(16))).toString('hex');
  const storageKey = `a/${by.now.toISOString().slice(0, 'YYYY-MM-DD'.length)}/${random}`;
  const { jobId, also } = startJob('export', { ...params, storageKey, after: null, sizes: [] }, by);
  return change<StartedJob>({
    permit,
    answer: { jobId, kind: 'export' },
    writes: also.writes ?? [],
    wakes: also.wakes ?? [],
    audit: {
      action: 'export.started',
      target: { type: 'bulk_job', id: jobId },
      changes: { of: [null, params.of], contactId: [null, params.contactId] },
    },
  });
}

const OWNER = { contacts: 'contact', organizations: 'organization', tickets: 'ticket' } as const;
const keysOf = (fields: readonly FieldDefinition[]): string[] => fields.map(({ key }) => key).toSorted();

/** Takes out all that the caller sees of a kind. @throws ServiceError forbidden; unprocessable `limit_reached`. */
export const startExport = defineVerb({
  name: 'startExport',
  permission: ['org.export', 'ticket.export'],
  load: ({ of }: z.output<typeof CreateExportBody>, { auth }) => ({
    running: runningQuery(auth),
    fields: fieldDefinitions(OWNER[of]),
  }),
  decide({ running, fields }, { of, format }, by) {
    const permit =
      of === 'tickets' ? permitAnywhere(by.authority, ['ticket.export']) : permitDirectory(by.authority, 'org.export');
    requireRoom(running);
    return started(
      permit,
      { of, contactId: null, columns: format === 'csv' ? columnsOf(of, keysOf(fields)) : null },
      by,
    );
  },
});

/** Takes out all that is held on one person. @throws ServiceError not_found, forbidden, `limit_reached`. */
export const exportContact = defineVerb({
  name: 'exportContact',
  permission: 'org.export',
  load: ({ id }: { id: Id<'contact'> }, { auth }) => ({
    found: first(selectRecords(contactKind, { where: eq(contacts.id, id) })),
    running: runningQuery(auth),
  }),
  decide({ found, running }, { id }, by) {
    const { permit } = permitRecord(by.authority, 'org.export', found);
    requireRoom(running);
    return started(permit, { of: 'person', contactId: id, columns: null }, by);
  },
});
