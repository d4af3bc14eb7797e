import * as z from 'zod';
import { AccessDifference } from './access.ts';

/** What a change would come to, asked with `dryRun=true`. Nothing is written. */
export const DryRun = z
  .strictObject({
    dryRun: z.literal(true),
    status: z.int().meta({ description: 'The status that the change would answer.' }),
    wouldAnswer: z.unknown().meta({ description: 'The body of that answer; what is shown once stands as null.' }),
    writes: z.record(z.string(), z.int().nonnegative().nullable()).meta({
      description: 'Rows by table, audit and events among them; null where they are found only when it is done.',
    }),
    events: z.array(z.string()).meta({ description: 'The types of the events, in their order.' }),
    notices: z.array(z.string()),
    access: z
      .strictObject({ differences: z.array(AccessDifference), more: z.boolean() })
      .optional()
      .meta({ description: 'With a change of access: who gains and loses what, as previewAccess tells it.' }),
  })
  .meta({ id: 'DryRun' });

export type DryRun = z.input<typeof DryRun>;

/** The parameter of every change by staff. */
export const dryRunQuery = {
  dryRun: z
    .string()
    .refine((text) => text === 'true' || text === 'false', {
      error: '`true` or `false`.',
      params: { code: 'not_allowed' },
    })
    .transform((text) => text === 'true')
    .optional()
    .meta({
      type: 'boolean',
      description: 'Load and decide, refuse as in earnest, and answer what would happen. Nothing is written.',
    }),
};
