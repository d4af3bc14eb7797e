import * as z from 'zod';
import { GrantScope } from '../api/roles.ts';
import { idSchema } from '../id-schema.ts';
import { GRANT_REVOKE_REASONS, GRANT_SOURCES } from '../values.ts';
import { accessEvent, SAMPLE_MEMBER, SAMPLE_ROLE } from './access-shapes.ts';
import { defineEvent } from './definition.ts';

// Grants move the member's revision: the member is the root that numbers these events.
const about = { ...accessEvent, entity: 'principal', viewKey: 'admin.manage_roles' } as const;

const assignment = {
  assignmentId: idSchema('rasn'),
  principalId: idSchema('prin'),
  roleId: idSchema('role'),
  roleKey: z.string(),
  scope: GrantScope,
  expiresAt: z.iso.datetime().nullable(),
  source: z.enum(GRANT_SOURCES),
  /** What the role holds and the scope does not allow. */
  inertPermissions: z.array(z.string()),
};

const sample = {
  assignmentId: 'rasn_01kaz2m4f8e5rtt0m0v2g6yh3s',
  principalId: SAMPLE_MEMBER,
  roleId: SAMPLE_ROLE,
  roleKey: 'triage',
  scope: { kind: 'workspace' },
  expiresAt: null,
  source: 'manual',
  inertPermissions: [],
} as const;

export const roleAssignmentEvents = {
  'role_assignment.created': defineEvent({
    ...about,
    label: 'Role granted',
    payload: z.strictObject(assignment),
    sample: { ...sample, inertPermissions: [] },
  }),
  'role_assignment.updated': defineEvent({
    ...about,
    label: 'Expiry of a grant changed',
    payload: z.strictObject({ ...assignment, previousExpiresAt: z.iso.datetime().nullable() }),
    sample: { ...sample, inertPermissions: [], previousExpiresAt: '2026-12-01T00:00:00.000Z' },
  }),
  'role_assignment.revoked': defineEvent({
    ...about,
    label: 'Grant ended',
    payload: z.strictObject({ ...assignment, reason: z.enum(GRANT_REVOKE_REASONS) }),
    sample: { ...sample, inertPermissions: [], reason: 'manual' },
  }),
};
