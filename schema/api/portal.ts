import * as z from 'zod';
import { idSchema } from '../id-schema.ts';
import { FIELD_TYPES } from '../tables/ticket-fields.ts';
import { Instant } from './shared.ts';

export const PORTAL_STATUS_KEYS = ['open', 'awaiting_you', 'in_progress', 'solved', 'closed'] as const;

const name = z.string().nullable().meta({ description: 'Null for who gave no name; an address is never shown.' });

const PortalField = z.strictObject({
  key: z.string(),
  label: z.string(),
  type: z.enum(FIELD_TYPES),
  value: z.unknown(),
  editable: z.boolean(),
});

/** A ticket as its customers see it: nothing that is not named here ever reaches them. */
export const PortalTicket = z
  .strictObject({
    id: idSchema('tkt'),
    number: z.int().positive(),
    subject: z.string(),
    status: z.strictObject({ key: z.enum(PORTAL_STATUS_KEYS), label: z.string() }),
    createdAt: Instant,
    lastUpdateAt: Instant.meta({ description: 'Of the last thing that a customer could notice.' }),
    requester: z.strictObject({ name, isYou: z.boolean() }).nullable(),
    people: z.array(z.strictObject({ name })).meta({ description: 'The other customers on it.' }),
    fields: z.array(PortalField),
    canReply: z.boolean(),
    canSolve: z.boolean(),
    canReopen: z.boolean(),
    canAddPeople: z.boolean(),
    canRate: z.boolean(),
    rating: z.strictObject({ score: z.int().min(1).max(5), comment: z.string().nullable() }).nullable(),
    followUpOf: idSchema('tkt').nullable(),
  })
  .meta({ id: 'PortalTicket' });

export const PortalMessage = z
  .strictObject({
    id: idSchema('tmsg'),
    author: z.strictObject({ kind: z.enum(['you', 'customer', 'team']), name }),
    body: z.string().meta({ description: 'CommonMark. Raw HTML is shown as text.' }),
    bodyHtml: z.string().meta({
      description:
        'The body as a fragment of HTML, safe to place as it is: no script, style, picture or frame, and links to http, https and mailto alone.',
    }),
    createdAt: Instant,
    edited: z.boolean(),
    attachments: z.array(
      z.strictObject({
        id: idSchema('tatt'),
        filename: z.string(),
        contentType: z.string(),
        sizeBytes: z.int().nonnegative(),
      }),
    ),
  })
  .meta({ id: 'PortalMessage' });

export type PortalTicket = z.input<typeof PortalTicket>;
export type PortalMessage = z.input<typeof PortalMessage>;
