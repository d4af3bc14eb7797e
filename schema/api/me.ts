import * as z from 'zod';
import { idSchema } from '../id-schema.ts';
import { ACCESS_LEVELS, INBOX_ROLES, SCOPE_KINDS, TEAM_ROLES } from '../values.ts';
import { HeldPermission } from './api-keys.ts';
import { oneLine } from './shared.ts';

/** Who asks, and what they may do and where. */
export const Me = z
  .strictObject({
    actor: z.strictObject({
      kind: z.enum(['user', 'api_key']),
      principalId: idSchema('prin'),
      displayName: z.string(),
      avatarUrl: z.string().nullable(),
      email: z.string().nullable().meta({ description: 'Of a person; null for a key.' }),
      keyId: idSchema('key').nullable(),
      memberId: idSchema('prin').meta({
        description: 'The person whose power this is: a key has that of its creator.',
      }),
    }),
    grants: z.array(HeldPermission),
    teams: z.array(z.strictObject({ teamId: idSchema('team'), name: z.string(), role: z.enum(TEAM_ROLES) })),
    inboxes: z.array(z.strictObject({ inboxId: idSchema('inbox'), name: z.string(), role: z.enum(INBOX_ROLES) })),
    limits: z
      .strictObject({
        teamIds: z.array(idSchema('team')).nullable(),
        inboxIds: z.array(idSchema('inbox')).nullable(),
      })
      .meta({ description: 'Of a key, without what is archived; null is no limit.' }),
    version: z.int().positive(),
  })
  .meta({ id: 'Me' });

export type Me = z.input<typeof Me>;

export const UpdateMeBody = z
  .strictObject({
    displayName: oneLine(1, 120).optional(),
    avatarUrl: z
      .url({ protocol: /^https$/ })
      .max(2048)
      .nullable()
      .optional(),
    version: z.int().positive().optional().meta({ description: 'As If-Match.' }),
  })
  .meta({ id: 'UpdateMeBody' });

/** A permission of the catalogue. */
export const CatalogPermission = z
  .strictObject({
    key: z.string(),
    category: z.string(),
    resource: z.string().meta({ description: 'What it is checked on.' }),
    scopeKinds: z.array(z.enum(SCOPE_KINDS)).meta({ description: 'Where it can be granted; elsewhere it is inert.' }),
    level: z.enum(ACCESS_LEVELS).nullable().meta({ description: 'The least access to a ticket that it needs.' }),
    implies: z.array(z.string()).meta({ description: 'What it brings along, at the same scope.' }),
    sensitive: z.boolean().meta({ description: 'Takes data out of the desk, or power into it.' }),
    description: z.string(),
  })
  .meta({ id: 'Permission' });

export type CatalogPermission = z.input<typeof CatalogPermission>;
