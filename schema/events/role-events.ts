import * as z from 'zod';
import { idSchema } from '../id-schema.ts';
import { accessEvent, FieldChanges, SAMPLE_ROLE } from './access-shapes.ts';
import { defineEvent } from './definition.ts';

const about = { ...accessEvent, entity: 'role', viewKey: 'admin.manage_roles' } as const;

const role = {
  roleId: idSchema('role'),
  key: z.string(),
  name: z.string(),
  permissions: z.array(z.string()),
};

const sample = { roleId: SAMPLE_ROLE, key: 'triage', name: 'Triage', permissions: ['ticket.view_team'] };

export const roleEvents = {
  'role.created': defineEvent({ ...about, label: 'Role created', payload: z.strictObject(role), sample }),
  'role.updated': defineEvent({
    ...about,
    label: 'Role changed',
    payload: z.strictObject({
      ...role,
      added: z.array(z.string()),
      removed: z.array(z.string()),
      changes: FieldChanges,
    }),
    sample: { ...sample, added: ['ticket.view_team'], removed: [], changes: [] },
  }),
  'role.deleted': defineEvent({
    ...about,
    label: 'Role deleted',
    payload: z.strictObject({ ...role, reassignedTo: idSchema('role').nullable() }),
    sample: { ...sample, reassignedTo: null },
  }),
};
