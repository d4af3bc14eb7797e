import * as z from 'zod';
import { idSchema } from '../id-schema.ts';
import { GRANT_REVOKE_REASONS, GRANT_SOURCES } from '../values.ts';
import { Instant, oneLine } from './shared.ts';

const Key = z.string().regex(/^[a-z][a-z0-9_-]{0,63}$/, 'Lower-case letters, digits, - and _, a letter first.');
const Name = oneLine(1, 120);
const Description = z.string().trim().max(2000);
const Permissions = z.array(z.string().max(64)).max(200);

/** Where a grant holds: at the workspace, or at one team or inbox. */
export const GrantScope = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('workspace') }),
    z.strictObject({ kind: z.literal('team'), id: idSchema('team') }),
    z.strictObject({ kind: z.literal('inbox'), id: idSchema('inbox') }),
  ])
  .meta({ id: 'GrantScope' });

export type GrantScope = z.output<typeof GrantScope>;

export const Role = z
  .strictObject({
    id: idSchema('role'),
    key: z.string(),
    name: z.string(),
    description: z.string().nullable(),
    isSystem: z.boolean().meta({ description: 'The same everywhere; nobody edits or deletes it.' }),
    permissions: z.array(z.string()),
    createdAt: Instant,
    updatedAt: Instant,
    version: z.int().positive(),
  })
  .meta({ id: 'Role' });

export type Role = z.input<typeof Role>;

export const CreateRoleBody = z
  .strictObject({
    key: Key,
    name: Name,
    description: Description.optional(),
    permissions: Permissions.default([]),
  })
  .meta({ id: 'CreateRoleBody' });

export const UpdateRoleBody = z
  .strictObject({
    name: Name.optional(),
    description: Description.nullable().optional(),
    permissions: Permissions.optional(),
    version: z.int().positive().optional(),
  })
  .meta({ id: 'UpdateRoleBody' });

export const SetRolePermissionsBody = z
  .strictObject({ permissions: Permissions })
  .meta({ id: 'SetRolePermissionsBody' });

export const GRANT_STATES = ['live', 'expired', 'revoked'] as const;

/** A grant: a role for a member at a scope, for ever or until a moment. */
export const RoleAssignment = z
  .strictObject({
    id: idSchema('rasn'),
    principalId: idSchema('prin'),
    principalName: z.string(),
    role: z.strictObject({ id: idSchema('role'), key: z.string(), name: z.string() }).meta({ id: 'RoleReference' }),
    scope: GrantScope,
    state: z.enum(GRANT_STATES),
    source: z.enum(GRANT_SOURCES),
    grantedBy: idSchema('prin').nullable(),
    reason: z.string().nullable(),
    inertPermissions: z
      .array(z.string())
      .meta({ description: 'What the role holds and this scope does not allow: it gives nothing here.' }),
    createdAt: Instant,
    expiresAt: Instant.nullable(),
    revokedAt: Instant.nullable(),
    revokeReason: z.enum(GRANT_REVOKE_REASONS).nullable(),
  })
  .meta({ id: 'RoleAssignment' });

export type RoleAssignment = z.input<typeof RoleAssignment>;

const ExpiresAt = z.iso.datetime({ offset: true });

export const GrantRoleBody = z
  .strictObject({
    roleId: idSchema('role'),
    scope: GrantScope.default({ kind: 'workspace' }),
    expiresAt: ExpiresAt.optional().meta({
      description: 'From five minutes to 366 days from now; absent is for ever.',
    }),
    reason: z.string().trim().min(1).max(500).optional(),
  })
  .meta({ id: 'GrantRoleBody' });

export const ChangeGrantExpiryBody = z
  .strictObject({ expiresAt: ExpiresAt.nullable() })
  .meta({ id: 'ChangeGrantExpiryBody' });
