import * as z from 'zod';
import { idSchema } from '../id-schema.ts';
import { ACTOR_KINDS } from '../values.ts';
import { Instant } from './shared.ts';
import { MessageBody } from './tickets.ts';

export const UpdateMessageBody = z.strictObject({ body: MessageBody }).meta({ id: 'UpdateMessageBody' });

const Span = z
  .strictObject({ start: z.int().nonnegative(), end: z.int().positive() })
  .refine(({ start, end }) => start < end, 'end stands behind start.')
  .meta({
    id: 'TextSpan',
    description: 'Part of a body, in UTF-16 code units as JavaScript counts; `end` is outside.',
  });

export const RedactMessageBody = z
  .strictObject({
    spans: z.array(Span).min(1).max(100).optional().meta({ description: 'What goes; all of the text when left out.' }),
    revision: z.int().positive().optional().meta({ description: 'Of the message as you read it.' }),
  })
  .meta({ id: 'RedactMessageBody' });

/** A text that a message had. */
export const MessageVersion = z
  .strictObject({
    revision: z.int().positive(),
    body: z.string(),
    replacedAt: Instant.nullable().meta({ description: 'Null for the present text.' }),
    replacedBy: z.strictObject({ kind: z.enum(ACTOR_KINDS), name: z.string().nullable() }).nullable(),
  })
  .meta({ id: 'MessageVersion' });

export type MessageVersion = z.input<typeof MessageVersion>;

export const StagedAttachment = z
  .strictObject({
    id: idSchema('tatt'),
    filename: z.string(),
    contentType: z.string(),
    sizeBytes: z.int().positive(),
    sha256: z.string().meta({ description: 'Of the bytes, in hex.' }),
    expiresAt: Instant.meta({ description: 'When it goes unless a message has taken it.' }),
  })
  .meta({ id: 'StagedAttachment' });

export type StagedAttachment = z.input<typeof StagedAttachment>;

export const AttachmentLink = z.strictObject({ url: z.url(), expiresAt: Instant }).meta({ id: 'AttachmentLink' });
export type AttachmentLink = z.input<typeof AttachmentLink>;
