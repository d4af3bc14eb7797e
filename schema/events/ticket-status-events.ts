import * as z from 'zod';
import { idSchema } from '../id-schema.ts';
import { STATUS_CATEGORIES } from '../values.ts';
import { FieldChanges } from './access-shapes.ts';
import { defineEvent } from './definition.ts';

const about = {
  entity: 'ticket_status',
  viewKey: 'ticket.view_all',
  audiences: ['internal'],
  dimensions: [],
  version: '2026-11-01',
} as const;

const status = z.strictObject({
  id: idSchema('tstat'),
  name: z.string(),
  slug: z.string(),
  category: z.enum(STATUS_CATEGORIES),
  publicLabel: z.string().nullable(),
  isDefault: z.boolean(),
});

const sample = {
  id: 'tstat_01kaz2m4f8e5rtt0m0v2g6yh3h',
  name: 'With engineering',
  slug: 'with-engineering',
  category: 'on_hold',
  publicLabel: null,
  isDefault: false,
} as const;

export const ticketStatusEvents = {
  'ticket_status.created': defineEvent({
    ...about,
    label: 'Ticket status created',
    payload: z.strictObject({ status }),
    sample: { status: sample },
  }),
  'ticket_status.updated': defineEvent({
    ...about,
    label: 'Ticket status changed',
    payload: z.strictObject({ status, changes: FieldChanges }),
    sample: { status: sample, changes: [{ field: 'name', from: 'Escalated', to: 'With engineering' }] },
  }),
  'ticket_status.deleted': defineEvent({
    ...about,
    label: 'Ticket status deleted',
    payload: z.strictObject({ status, replacedWith: idSchema('tstat').nullable() }),
    sample: { status: sample, replacedWith: null },
  }),
};
