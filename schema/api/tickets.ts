import * as z from 'zod';
import { idSchema } from '../id-schema.ts';
import { messageText } from '../message-text.ts';
import { MESSAGE_VIAS } from '../tables/ticket-messages.ts';
import { foldTagName } from '../tag-name.ts';
import {
  ASSURANCES,
  AUTHOR_KINDS,
  MESSAGE_AUDIENCES,
  PARTICIPANT_ROLES,
  STATUS_CATEGORIES,
  TICKET_CHANNELS,
  TICKET_PRIORITIES,
  TICKET_VISIBILITIES,
} from '../values.ts';
import { FieldValues, FieldValuesInput } from './custom-fields.ts';
import { Instant, oneLine } from './shared.ts';

export const Subject = oneLine(1, 500);
const MessageText = z.string().max(100_000).meta({ description: 'CommonMark. Raw HTML is shown as text.' });
const hasText = (text = ''): boolean => messageText(text).trim() !== '';
export const MessageBody = MessageText.refine(hasText, 'A message needs text.');
/** Files that the caller uploaded and no message has taken yet. */
const AttachmentIds = z
  .array(idSchema('tatt'))
  .max(10)
  .refine((ids) => new Set(ids).size === ids.length, 'Each file once.');

/** A ticket as lists show it. */
export const TicketSummary = z
  .strictObject({
    id: idSchema('tkt'),
    number: z
      .int()
      .positive()
      .meta({ description: 'Shown to people as #1042. Unique; gaps happen.', examples: [1042] }),
    subject: z.string(),
    status: z.strictObject({
      id: idSchema('tstat'),
      name: z.string().meta({ examples: ['Open'] }),
      category: z.enum(STATUS_CATEGORIES),
    }),
    priority: z.enum(TICKET_PRIORITIES),
    channel: z.enum(TICKET_CHANNELS),
    visibility: z.enum(TICKET_VISIBILITIES),
    requester: z
      .strictObject({
        contactId: idSchema('contact').nullable(),
        principalId: idSchema('prin').nullable(),
        name: z.string().nullable(),
        email: z
          .string()
          .nullable()
          .meta({ description: 'Their first address; null without `org.view`, and of colleagues.' }),
        assurance: z.enum(ASSURANCES).meta({ description: 'Whether they have proved to be who they say.' }),
      })
      .nullable(),
    assignee: z.strictObject({ principalId: idSchema('prin'), name: z.string() }).nullable(),
    assigneeTeamId: idSchema('team').nullable(),
    primaryTeamId: idSchema('team').nullable(),
    inboxId: idSchema('inbox').nullable(),
    organizationId: idSchema('org').nullable(),
    tags: z.array(z.strictObject({ id: idSchema('ttag'), name: z.string().meta({ examples: ['vip'] }) })),
    customFields: FieldValues,
    waitingSince: Instant.nullable().meta({ description: 'Since when the customer waits for an answer.' }),
    firstResponseAt: Instant.nullable(),
    slaNextDueAt: Instant.nullable().meta({ description: 'The next promise to the customer.' }),
    wakeAt: Instant.nullable().meta({ description: 'When it opens by itself.' }),
    solvedAt: Instant.nullable(),
    closedAt: Instant.nullable(),
    reopenCount: z.int().nonnegative(),
    messageSeq: z.int().nonnegative(),
    mergedInto: idSchema('tkt').nullable().meta({ description: 'Where it went, for who may see that ticket.' }),
    lastActivityAt: Instant,
    createdAt: Instant,
    updatedAt: Instant,
    version: z.int().positive().meta({ description: 'The edit token, as in ETag. Moves with field edits only.' }),
  })
  .meta({ id: 'TicketSummary' });

export const Ticket = TicketSummary.extend({
  can: z.array(z.string()).meta({
    description: 'What the caller may do with this ticket now.',
    examples: [['ticket.edit_fields', 'ticket.reply_public']],
  }),
}).meta({ id: 'Ticket' });

export type TicketSummary = z.input<typeof TicketSummary>;
export type Ticket = z.input<typeof Ticket>;

export const RequesterInput = z
  .union([
    z.strictObject({ contactId: idSchema('contact') }),
    z.strictObject({ principalId: idSchema('prin') }),
    z.strictObject({ email: z.string().max(254), name: oneLine(1, 200).optional() }),
  ])
  .meta({ id: 'RequesterInput' });

/** Whom a program speaks for: a member as an agent, or a contact of the ticket as the customer. */
export const SpeaksAs = z
  .union([z.strictObject({ principalId: idSchema('prin') }), z.strictObject({ contactId: idSchema('contact') })])
  .meta({ id: 'SpeaksAs' });

export const TagName = z.union([
  idSchema('ttag'),
  z
    .string()
    .max(100)
    .refine((name) => !name.startsWith('ttag_'), { error: 'This is no id of a tag.', params: { code: 'malformed_id' } })
    .transform(foldTagName)
    .pipe(z.string().min(1).max(50)),
]);
export const TagNames = z
  .array(TagName)
  .max(50)
  .meta({ description: 'By id or name; names are folded: trimmed, lower case, blanks as hyphens.' });

const role = z.enum(PARTICIPANT_ROLES);
export const ParticipantInput = z
  .union([
    z.strictObject({ principalId: idSchema('prin'), role }),
    z.strictObject({ contactId: idSchema('contact'), role }),
  ])
  .meta({ id: 'ParticipantInput' });

export const CreateTicketBody = z
  .strictObject({
    subject: Subject,
    body: MessageBody.optional().meta({ description: 'The opening message, Markdown.' }),
    priority: z.enum(TICKET_PRIORITIES).optional(),
    visibility: z.enum(TICKET_VISIBILITIES).optional(),
    requester: RequesterInput.optional(),
    inboxId: idSchema('inbox').optional(),
    primaryTeamId: idSchema('team').optional(),
    assigneeTeamId: idSchema('team').optional(),
    assigneePrincipalId: idSchema('prin').optional(),
    organizationId: idSchema('org').optional().meta({ description: "By default the requester's." }),
    tags: TagNames.optional(),
    customFields: FieldValuesInput.optional(),
    participants: z.array(ParticipantInput).max(50).optional(),
    attachmentIds: AttachmentIds.optional().meta({ description: 'Files of the opening message.' }),
    outbound: z
      .boolean()
      .optional()
      .meta({ description: 'The desk writes first: nobody waits for an answer until the customer replies.' }),
    as: SpeaksAs.optional(),
  })
  .refine(({ outbound, requester, body }) => !outbound || (requester !== undefined && body !== undefined), {
    error: 'To write first takes a requester and a body.',
    path: ['outbound'],
  })
  .refine(({ outbound, as }) => !outbound || as === undefined || !('contactId' in as), {
    error: 'The desk writes first, not the customer.',
    path: ['outbound'],
  })
  .meta({ id: 'CreateTicketBody' });

export const UpdateTicketBody = z
  .strictObject({
    subject: Subject.optional(),
    priority: z.enum(TICKET_PRIORITIES).optional(),
    visibility: z.enum(TICKET_VISIBILITIES).optional(),
    inboxId: idSchema('inbox').nullable().optional(),
    primaryTeamId: idSchema('team').nullable().optional(),
    organizationId: idSchema('org').nullable().optional(),
    requester: RequesterInput.nullable().optional(),
    keepPrevious: z
      .literal('cc')
      .optional()
      .meta({ description: 'A replaced requester stays as cc; otherwise they are out.' }),
    customFields: FieldValuesInput.optional(),
    version: z.int().positive().optional().meta({ description: 'As If-Match.' }),
  })
  .refine(({ keepPrevious, requester }) => keepPrevious === undefined || requester !== undefined, {
    error: 'Only a requester who is replaced can stay as cc.',
    path: ['keepPrevious'],
  })
  .meta({ id: 'UpdateTicketBody' });

export const TagTicketBody = z
  .strictObject({
    add: TagNames.optional(),
    remove: TagNames.optional(),
    version: z.int().positive().optional(),
  })
  .meta({ id: 'TagTicketBody' });

/** The newest message that the caller has read. */
export const ExpectMessageSeq = z
  .int()
  .nonnegative()
  .optional()
  .meta({ description: '`messageSeq` as you read it: a later message of the customer is a 409.' });

export const AssignTicketBody = z
  .strictObject({
    assigneePrincipalId: idSchema('prin').nullable().optional(),
    assigneeTeamId: idSchema('team').nullable().optional(),
    version: z.int().positive().optional(),
  })
  .meta({ id: 'AssignTicketBody' });

export const Attachment = z
  .strictObject({
    id: idSchema('tatt'),
    filename: z.string(),
    contentType: z.string().meta({ description: 'As its bytes say, whatever was declared.' }),
    sizeBytes: z.int().positive(),
  })
  .meta({ id: 'Attachment' });

export const TicketMessage = z
  .strictObject({
    id: idSchema('tmsg'),
    ticketId: idSchema('tkt').meta({
      description: 'A merged ticket keeps its messages; they stand in the thread of both.',
    }),
    seq: z.int().positive(),
    audience: z.enum(MESSAGE_AUDIENCES),
    sharedTeamId: idSchema('team')
      .nullable()
      .meta({ description: 'Whose words these are, with audience shared_team.' }),
    author: z.strictObject({
      kind: z.enum(AUTHOR_KINDS),
      principalId: idSchema('prin').nullable(),
      contactId: idSchema('contact').nullable(),
      name: z.string(),
    }),
    via: z.enum(MESSAGE_VIAS),
    isOpening: z.boolean(),
    countsAsResponse: z.boolean(),
    body: z.string().nullable().meta({ description: 'Markdown. Null once deleted, but for those who may restore.' }),
    attachments: z.array(Attachment),
    revision: z.int().positive(),
    editedAt: Instant.nullable(),
    redactedAt: Instant.nullable(),
    deletedAt: Instant.nullable(),
    createdAt: Instant,
  })
  .meta({ id: 'TicketMessage' });

export type TicketMessage = z.input<typeof TicketMessage>;

export const PostMessageBody = z
  .strictObject({
    body: MessageText.default(''),
    audience: z.enum(MESSAGE_AUDIENCES).default('public'),
    sharedTeamId: idSchema('team').optional().meta({ description: 'With audience shared_team, and only then.' }),
    attachmentIds: AttachmentIds.optional(),
    statusId: idSchema('tstat').optional(),
    as: SpeaksAs.optional(),
  })
  .refine((said) => hasText(said.body) || (said.attachmentIds ?? []).length > 0, 'A message needs text or a file.')
  .refine(
    (said) => (said.audience === 'shared_team') === (said.sharedTeamId !== undefined),
    'sharedTeamId goes with audience shared_team, and only with it.',
  )
  .meta({ id: 'PostMessageBody' });

export const PostedMessage = z
  .strictObject({
    message: TicketMessage,
    ticket: TicketSummary.meta({ description: 'Where the message went.' }),
    followUpOf: idSchema('tkt')
      .nullable()
      .meta({ description: 'The ticket that was over, when this is its follow-up.' }),
  })
  .meta({ id: 'PostedMessage' });
