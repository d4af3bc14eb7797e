import * as z from 'zod';
import { idSchema } from '../id-schema.ts';
import { PLACEHOLDERS, unknownPlaceholders } from '../placeholders.ts';
import { MACRO_MESSAGE_AUDIENCES } from '../tables/views-and-macros.ts';
import { TICKET_ACTIONS, TicketAction } from './bulk.ts';
import { Instant } from './shared.ts';
import { ExpectMessageSeq, MessageBody } from './tickets.ts';
import { goesWith, sharingShape, TEAM_RULE } from './views.ts';

const MOST_ACTIONS = 20;
const MOST_TEXT = 10_000;

export const MacroMessage = z
  .strictObject({
    body: MessageBody.max(MOST_TEXT).check(({ value, issues }) => {
      for (const found of unknownPlaceholders(value))
        issues.push({
          code: 'custom',
          input: value,
          message: `${found} is no placeholder. There are ${PLACEHOLDERS.join(', ')}.`,
          params: { code: 'unknown_placeholder' },
        });
    }),
    audience: z.enum(MACRO_MESSAGE_AUDIENCES).default('public'),
  })
  .meta({
    id: 'MacroMessage',
    description: `Markdown with placeholders as \`{{requester.first_name|there}}\`: ${PLACEHOLDERS.join(', ')}. What stands after | is said where there is no value.`,
  });

const fields = {
  name: sharingShape.name,
  audience: sharingShape.audience,
  message: MacroMessage.nullable(),
  actions: z.array(TicketAction).max(MOST_ACTIONS),
  position: sharingShape.position,
};

export const Macro = z
  .strictObject({
    id: idSchema('macro'),
    name: z.string(),
    audience: fields.audience,
    teamId: sharingShape.teamId,
    message: z.strictObject({ body: z.string(), audience: z.enum(MACRO_MESSAGE_AUDIENCES) }).nullable(),
    actions: z.array(z.discriminatedUnion('type', TICKET_ACTIONS).meta({ id: 'MacroAction' })),
    position: z.int().nonnegative(),
    createdAt: Instant,
    updatedAt: Instant,
    version: z.int().positive(),
  })
  .meta({ id: 'Macro' });
export type Macro = z.input<typeof Macro>;

export const CreateMacroBody = z
  .strictObject({
    name: fields.name,
    audience: fields.audience.default('private'),
    teamId: idSchema('team').optional(),
    message: fields.message.default(null),
    actions: fields.actions.default([]).meta({ description: 'Made in one commit with the message, or none of them.' }),
    position: fields.position.default(0),
  })
  .refine(goesWith, TEAM_RULE)
  .meta({ id: 'CreateMacroBody' });

export const UpdateMacroBody = z
  .strictObject({
    name: fields.name.optional(),
    audience: fields.audience.optional(),
    teamId: idSchema('team').optional(),
    message: fields.message.optional(),
    actions: fields.actions.optional(),
    position: fields.position.optional(),
    version: z.int().positive().optional(),
  })
  .refine((body) => (body.audience === undefined && body.teamId === undefined) || goesWith(body), TEAM_RULE)
  .meta({ id: 'UpdateMacroBody' });

const messageOverride = MessageBody.nullable().optional().meta({
  description: "Said as it stands instead of the macro's text, to the same audience; null says nothing.",
});

export const ApplyMacroBody = z
  .strictObject({
    messageOverride,
    expectMessageSeq: ExpectMessageSeq,
    version: z.int().positive().optional(),
  })
  .meta({ id: 'ApplyMacroBody' });

export const PreviewMacroBody = z.strictObject({ messageOverride }).meta({ id: 'PreviewMacroBody' });

export const MacroPreview = z
  .strictObject({
    message: z
      .strictObject({ body: z.string(), audience: z.enum(MACRO_MESSAGE_AUDIENCES) })
      .nullable()
      .meta({ description: 'As it would be said.' }),
    changes: z
      .array(z.strictObject({ field: z.string(), from: z.unknown(), to: z.unknown() }))
      .meta({ description: 'What would change on the ticket by the actions that may be made.' }),
    refusals: z
      .array(
        z.strictObject({
          action: z.int().nonnegative().nullable().meta({ description: 'Which one; null is the message.' }),
          code: z.string(),
          reason: z.string().nullable(),
          detail: z.string(),
        }),
      )
      .meta({ description: 'Any of them stops all.' }),
  })
  .meta({ id: 'MacroPreview' });
export type MacroPreview = z.input<typeof MacroPreview>;
