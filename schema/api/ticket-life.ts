import * as z from 'zod';
import { idSchema } from '../id-schema.ts';
import { ExpectMessageSeq } from './tickets.ts';

export const MergeTicketsBody = z
  .strictObject({
    sourceIds: z
      .array(idSchema('tkt'))
      .min(1)
      .max(20)
      .meta({ description: 'The tickets that go into this one. Their messages stay where they were said.' }),
    addRequesters: z.boolean().default(false).meta({
      description: 'Their requesters become cc and see this ticket. Otherwise each sees only their own words.',
    }),
    expectMessageSeq: ExpectMessageSeq,
    version: z.int().positive().optional(),
  })
  .meta({ id: 'MergeTicketsBody' });
