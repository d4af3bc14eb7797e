import * as z from 'zod';
import { idSchema } from '../id-schema.ts';
import { INBOX_ROLES } from '../values.ts';
import { accessEvent, SAMPLE_MEMBER } from './access-shapes.ts';
import { defineEvent } from './definition.ts';

export const inboxMembershipEvents = {
  'inbox_membership.removed': defineEvent({
    ...accessEvent,
    entity: 'inbox',
    viewKey: 'inbox.view',
    dimensions: ['inbox'],
    label: 'Member left an inbox',
    payload: z.strictObject({
      inboxId: idSchema('inbox'),
      principalId: idSchema('prin'),
      role: z.enum(INBOX_ROLES),
    }),
    sample: { inboxId: 'inbox_01kaz2m4f8e5rtt0m0v2g6yh3v', principalId: SAMPLE_MEMBER, role: 'agent' },
  }),
};
