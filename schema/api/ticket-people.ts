import * as z from 'zod';
import { idSchema } from '../id-schema.ts';
import { PARTICIPANT_ROLES, SHARE_LEVELS, SUBSCRIPTION_SOURCES } from '../values.ts';
import { Instant } from './shared.ts';

const role = z.enum(PARTICIPANT_ROLES);

export const Participant = z
  .strictObject({
    id: idSchema('tpart'),
    principalId: idSchema('prin').nullable(),
    contactId: idSchema('contact').nullable(),
    name: z.string().nullable(),
    role,
    createdAt: Instant,
  })
  .meta({ id: 'Participant' });
export type Participant = z.input<typeof Participant>;

export const PutParticipantBody = z
  .strictObject({ principalId: idSchema('prin').optional(), contactId: idSchema('contact').optional(), role })
  .refine(
    ({ principalId, contactId }) => (principalId === undefined) !== (contactId === undefined),
    'Give principalId or contactId, one of them.',
  )
  .meta({ id: 'PutParticipantBody' });

const level = z.enum(SHARE_LEVELS);

export const Share = z
  .strictObject({ id: idSchema('tshare'), teamId: idSchema('team'), level, createdAt: Instant })
  .meta({ id: 'Share' });
export type Share = z.input<typeof Share>;

export const PutShareBody = z.strictObject({ teamId: idSchema('team'), level }).meta({ id: 'PutShareBody' });

const Flags = z.strictObject({
  messages: z.boolean(),
  status: z.boolean(),
  assignment: z.boolean(),
  fields: z.boolean(),
  sla: z.boolean(),
  participants: z.boolean(),
  shares: z.boolean(),
});

export const Subscription = z
  .strictObject({
    ticketId: idSchema('tkt'),
    subscribed: z.boolean(),
    source: z.enum(SUBSCRIPTION_SOURCES).nullable().meta({ description: 'How it began; null where it never did.' }),
    notify: Flags,
    mutedAt: Instant.nullable(),
    mutedUntil: Instant.nullable().meta({ description: 'Null with mutedAt: for ever.' }),
  })
  .meta({ id: 'Subscription' });
export type Subscription = z.input<typeof Subscription>;

export const PutSubscriptionBody = z
  .strictObject({ notify: Flags.partial().optional() })
  .meta({ id: 'PutSubscriptionBody' });

export const MuteBody = z
  .strictObject({ until: z.iso.datetime({ offset: true }).optional().meta({ description: 'For ever unless said.' }) })
  .meta({ id: 'MuteBody' });
