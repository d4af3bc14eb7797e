import * as z from 'zod';
import { idSchema } from '../id-schema.ts';
import { AUTHOR_KINDS, TICKET_CHANNELS } from '../values.ts';
import { SAMPLE_TICKET } from './ticket-reference.ts';

export const Author = z.strictObject({
  kind: z.enum(AUTHOR_KINDS),
  principalId: idSchema('prin').nullable(),
  contactId: idSchema('contact').nullable(),
  name: z.string(),
});

/** A file as events name it; never an address to read it at. */
export const EventFile = z.strictObject({
  id: idSchema('tatt'),
  filename: z.string(),
  contentType: z.string(),
  sizeBytes: z.int().positive(),
});

/** A message without its words. */
export const MessageFacts = z.strictObject({
  id: idSchema('tmsg'),
  seq: z.int().positive(),
  author: Author,
  via: z.enum([...TICKET_CHANNELS, 'system']),
  attachments: z.array(EventFile),
  redacted: z.boolean(),
  countsAsResponse: z.boolean(),
});

export const EventMessage = MessageFacts.extend({ text: z.string(), truncated: z.boolean() });

export const sampleAuthor = {
  kind: 'customer',
  principalId: null,
  contactId: SAMPLE_TICKET.requesterContactId,
  name: 'Ada Okafor',
} as const;

export const sampleFile = {
  id: 'tatt_01kaz2m4f8e5rtt0m0v2g6yh3n',
  filename: 'log.txt',
  contentType: 'text/plain',
  sizeBytes: 2048,
} as const;

export const sampleFacts = {
  id: 'tmsg_01kaz2m4f8e5rtt0m0v2g6yh3m',
  seq: 2,
  author: {
    kind: 'agent',
    principalId: 'prin_01kaz2m4f8e5rtt0m0v2g6yh3k',
    contactId: null,
    name: 'Grace Lindqvist',
  },
  via: 'api',
  attachments: [],
  redacted: false,
  countsAsResponse: true,
} as const satisfies z.input<typeof MessageFacts>;
