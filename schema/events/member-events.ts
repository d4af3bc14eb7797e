import * as z from 'zod';
import { idSchema } from '../id-schema.ts';
import { GRANT_SOURCES, MEMBER_STATES } from '../values.ts';
import { accessEvent, FieldChanges, SAMPLE_MEMBER } from './access-shapes.ts';
import { defineEvent } from './definition.ts';

// They carry the address, which is for those who administrate people.
const about = { ...accessEvent, entity: 'principal', viewKey: 'admin.manage_users' } as const;

const member = {
  principalId: idSchema('prin'),
  displayName: z.string(),
  email: z.string().nullable(),
  state: z.enum(MEMBER_STATES),
};

const sample = {
  principalId: SAMPLE_MEMBER,
  displayName: 'Grace Lindqvist',
  email: 'grace@desk.example',
  state: 'active',
} as const;

export const memberEvents = {
  'member.added': defineEvent({
    ...about,
    label: 'Member joined',
    payload: z.strictObject({ ...member, source: z.enum(GRANT_SOURCES) }),
    sample: { ...sample, source: 'invitation' },
  }),
  'member.updated': defineEvent({
    ...about,
    label: 'Member changed, suspended or reinstated',
    payload: z.strictObject({ ...member, changes: FieldChanges, reason: z.string().nullable() }),
    sample: {
      ...sample,
      state: 'suspended',
      changes: [{ field: 'state', from: 'active', to: 'suspended' }],
      reason: null,
    },
  }),
  'member.removed': defineEvent({
    ...about,
    label: 'Member removed',
    payload: z.strictObject({
      ...member,
      releaseJobId: idSchema('bulk'),
      transferredKeyIds: z.array(idSchema('key')),
    }),
    sample: {
      ...sample,
      state: 'removed',
      releaseJobId: 'bulk_01kaz2m4f8e5rtt0m0v2g6yh3t',
      transferredKeyIds: [],
    },
  }),
};
