import * as z from 'zod';
import { idSchema } from '../id-schema.ts';
import { Instant, oneLine } from './shared.ts';

export const SetupBody = z
  .strictObject({
    name: oneLine(1, 120).meta({ description: 'Yours.' }),
    email: z.string().min(1).max(320),
    workspaceName: oneLine(1, 120),
  })
  .meta({ id: 'SetupBody' });

export const SetUp = z
  .strictObject({
    principalId: idSchema('prin'),
    key: z.strictObject({
      id: idSchema('key'),
      token: z.string().meta({ description: 'Holds every permission. Shown this once.' }),
      expiresAt: Instant,
    }),
  })
  .meta({ id: 'SetUp' });
