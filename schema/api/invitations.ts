import * as z from 'zod';
import { idSchema } from '../id-schema.ts';
import { Instant, oneLine } from './shared.ts';

/** `expired` is a pending one whose time is over. */
export const SHOWN_INVITATION_STATES = ['pending', 'accepted', 'revoked', 'expired'] as const;
export const INVITATION_DELIVERIES = ['email', 'link'] as const;

const Deliver = z.enum(INVITATION_DELIVERIES).meta({
  description:
    'By mail, whose link is made when it is sent; or as a link in this answer, shown once. Without a configured mail provider the mail stays queued.',
});

export const Invitation = z
  .strictObject({
    id: idSchema('inv'),
    email: z.string(),
    name: z.string().nullable(),
    roleId: idSchema('role').nullable(),
    roleDays: z.int().nullable(),
    teamIds: z.array(idSchema('team')),
    note: z.string().nullable(),
    state: z.enum(SHOWN_INVITATION_STATES),
    invitedBy: idSchema('prin'),
    acceptedBy: idSchema('prin').nullable(),
    acceptedAt: Instant.nullable(),
    lastSentAt: Instant.nullable(),
    expiresAt: Instant,
    createdAt: Instant,
  })
  .meta({ id: 'Invitation' });

export type Invitation = z.input<typeof Invitation>;

export const InvitationWithLink = Invitation.extend({
  acceptUrl: z
    .string()
    .nullable()
    .meta({ description: 'Shown this once, for `link`; null otherwise and when the request is replayed.' }),
}).meta({ id: 'InvitationWithLink' });

export type InvitationWithLink = z.input<typeof InvitationWithLink>;

export const InviteMemberBody = z
  .strictObject({
    email: z.string().max(320),
    name: oneLine(1, 120).optional(),
    roleId: idSchema('role').optional(),
    roleDays: z
      .int()
      .min(1)
      .max(366)
      .optional()
      .meta({ description: 'The role ends so many days after they join; absent is for ever.' }),
    teamIds: z.array(idSchema('team')).default([]).meta({ maxItems: 100 }),
    note: z.string().trim().min(1).max(500).optional(),
    expiresInDays: z.int().min(1).max(30).default(7),
    deliver: Deliver.default('email'),
  })
  .refine((body) => body.roleDays === undefined || body.roleId !== undefined, {
    error: 'This goes with a role.',
    path: ['roleDays'],
    params: { code: 'contradiction' },
  })
  .meta({ id: 'InviteMemberBody' });

export const ResendInvitationBody = z
  .strictObject({ deliver: Deliver.default('email') })
  .meta({ id: 'ResendInvitationBody' });

export const AcceptInvitationBody = z
  .strictObject({ token: z.string().min(1).max(200) })
  .meta({ id: 'AcceptInvitationBody' });
