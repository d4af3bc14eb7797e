import * as z from 'zod';
import { idSchema } from '../id-schema.ts';
import { accessEvent, SAMPLE_MEMBER, SAMPLE_ROLE } from './access-shapes.ts';
import { defineEvent } from './definition.ts';

const about = { ...accessEvent, entity: 'invitation', viewKey: 'admin.manage_users' } as const;

const invitation = {
  invitationId: idSchema('inv'),
  email: z.string(),
  roleId: idSchema('role').nullable(),
  teamIds: z.array(idSchema('team')),
  invitedBy: idSchema('prin'),
  expiresAt: z.iso.datetime(),
};

const sample = {
  invitationId: 'inv_01kaz2m4f8e5rtt0m0v2g6yh3w',
  email: 'noor@desk.example',
  roleId: SAMPLE_ROLE,
  teamIds: [],
  invitedBy: SAMPLE_MEMBER,
  expiresAt: '2026-11-09T09:12:00.000Z',
};

export const invitationEvents = {
  'invitation.created': defineEvent({
    ...about,
    label: 'Member invited',
    payload: z.strictObject({ ...invitation, deliver: z.enum(['email', 'link']) }),
    sample: { ...sample, deliver: 'email' },
  }),
  'invitation.accepted': defineEvent({
    ...about,
    label: 'Invitation accepted',
    payload: z.strictObject({ ...invitation, principalId: idSchema('prin') }),
    sample: { ...sample, principalId: 'prin_01kaz2m4f8e5rtt0m0v2g6yh3x' },
  }),
  'invitation.revoked': defineEvent({
    ...about,
    label: 'Invitation withdrawn',
    payload: z.strictObject(invitation),
    sample,
  }),
};
