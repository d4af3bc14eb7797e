import * as z from 'zod';
import { idSchema } from '../id-schema.ts';
import { MEMBER_STATES, TEAM_ROLES } from '../values.ts';
import { GrantScope } from './roles.ts';
import { Instant, oneLine } from './shared.ts';

const forAdministrators = { description: 'Only for holders of admin.manage_users.' };

const MemberGrant = z
  .strictObject({
    assignmentId: idSchema('rasn'),
    roleId: idSchema('role'),
    roleKey: z.string(),
    scope: GrantScope,
    expiresAt: Instant.nullable(),
  })
  .meta({ id: 'MemberGrant' });

export type MemberGrant = z.input<typeof MemberGrant>;

/** Somebody of the desk. Address, state and grants are for those who administrate people. */
export const Member = z
  .strictObject({
    id: idSchema('prin'),
    displayName: z.string(),
    avatarUrl: z.string().nullable(),
    teams: z.array(z.strictObject({ teamId: idSchema('team'), role: z.enum(TEAM_ROLES) })),
    email: z.string().nullable().optional().meta(forAdministrators),
    state: z.enum(MEMBER_STATES).optional().meta(forAdministrators),
    grants: z.array(MemberGrant).optional().meta(forAdministrators),
    memberSince: Instant.nullable(),
    memberEndedAt: Instant.nullable(),
    version: z.int().positive(),
  })
  .meta({ id: 'Member' });

export type Member = z.input<typeof Member>;

export const UpdateMemberBody = z
  .strictObject({
    displayName: oneLine(1, 120).optional(),
    avatarUrl: z
      .url({ protocol: /^https$/ })
      .max(2048)
      .nullable()
      .optional(),
    version: z.int().positive().optional(),
  })
  .meta({ id: 'UpdateMemberBody' });

export const MemberStateBody = z
  .strictObject({ reason: z.string().trim().min(1).max(500).optional() })
  .meta({ id: 'MemberStateBody' });

/** All that a member lost by being removed. */
export const RemovedMember = z
  .strictObject({
    lost: z.strictObject({
      roleAssignmentIds: z.array(idSchema('rasn')),
      teamIds: z.array(idSchema('team')),
      inboxIds: z.array(idSchema('inbox')),
      revokedKeyIds: z.array(idSchema('key')),
      transferredKeyIds: z.array(idSchema('key')),
      invitationIds: z.array(idSchema('inv')),
    }),
    jobId: idSchema('bulk')
      .nullable()
      .meta({ description: 'The job that releases their open tickets; null when they had been removed before.' }),
  })
  .meta({ id: 'RemovedMember' });

export type RemovedMember = z.input<typeof RemovedMember>;
