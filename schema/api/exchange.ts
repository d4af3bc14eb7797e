import * as z from 'zod';
import { idSchema } from '../id-schema.ts';

export const EraseContactBody = z
  .strictObject({
    contactId: idSchema('contact').meta({ description: 'The id of the path once more: this cannot be undone.' }),
    messages: z
      .enum(['erase', 'keep'])
      .default('erase')
      .meta({ description: 'Whether what they wrote becomes `[erased]`, or stays without their name.' }),
  })
  .meta({ id: 'EraseContactBody' });

export const ErasureStarted = z
  .strictObject({
    contactId: idSchema('contact'),
    jobId: idSchema('bulk').nullable().meta({ description: 'Null when the contact was erased before.' }),
    quotesStay: z.literal(true).meta({ description: 'What others wrote about the person stays as they wrote it.' }),
  })
  .meta({ id: 'ErasureStarted' });
export type ErasureStarted = z.input<typeof ErasureStarted>;

export const CreateImportBody = z
  .strictObject({
    attachmentId: idSchema('tatt').meta({ description: 'A file uploaded with `purpose=import`: CSV or NDJSON.' }),
    of: z.enum(['contacts', 'organizations']).default('contacts'),
    mode: z
      .enum(['create', 'upsert'])
      .default('create')
      .meta({ description: 'Whether a line about one that exists is refused, or changes it.' }),
    dryRun: z.boolean().default(false).meta({ description: 'The same result for each line, and nothing written.' }),
  })
  .meta({ id: 'CreateImportBody' });

export const CreateExportBody = z
  .strictObject({
    of: z.enum(['contacts', 'organizations', 'tickets']),
    format: z.enum(['ndjson', 'csv']).default('ndjson'),
  })
  .meta({ id: 'CreateExportBody' });
