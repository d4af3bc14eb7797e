import * as z from 'zod';
import { idSchema } from '../id-schema.ts';
import { CreateAuthIssuerBody } from './auth-issuers.ts';
import { Instant, oneLine } from './shared.ts';

export const SetupBody = z
  .strictObject({
    name: oneLine(1, 120).meta({ description: 'Yours.' }),
    email: z.string().min(1).max(320),
    workspaceName: oneLine(1, 120),
    issuer: CreateAuthIssuerBody.optional().meta({
      description:
        'By whose tokens you come in as a person, which trusting further issuers needs. It speaks for the domain of your address unless it says for which.',
    }),
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
