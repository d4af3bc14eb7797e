import * as z from 'zod';
import { idSchema } from '../id-schema.ts';
import { defineEvent } from './definition.ts';
import { EventFile, EventMessage, MessageFacts, sampleFacts, sampleFile } from './message-shapes.ts';
import { SAMPLE_TICKET, TicketReference } from './ticket-reference.ts';

const about = {
  entity: 'ticket',
  viewKey: 'ticket.view_all',
  audiences: ['public', 'internal', 'shared_team'],
  dimensions: ['inbox', 'team'],
  version: '2026-11-01',
} as const;
const place = { ticket: TicketReference, teamId: idSchema('team').nullable() };
const FileChange = z.strictObject({ ...place, messageId: idSchema('tmsg'), attachment: EventFile });

const samplePlace = { ticket: SAMPLE_TICKET, teamId: null };
const sampleMessage = { ...sampleFacts, text: 'We found the cause and are rolling out a fix.', truncated: false };
const sampleChange = { ...samplePlace, messageId: sampleFacts.id, attachment: sampleFile };

/** What is said on a ticket, and the files with it. The audience of each is that of the message. */
export const messageEvents = {
  'ticket.message_added': defineEvent({
    ...about,
    label: 'Message added',
    truncatable: ['message.text'],
    payload: z.strictObject({ ...place, message: EventMessage }),
    sample: { ...samplePlace, message: sampleMessage },
  }),
  'ticket.message_updated': defineEvent({
    ...about,
    label: 'Message edited or redacted',
    truncatable: ['message.text'],
    payload: z.strictObject({ ...place, message: EventMessage }),
    sample: { ...samplePlace, message: sampleMessage },
  }),
  'ticket.message_deleted': defineEvent({
    ...about,
    label: 'Message deleted',
    payload: z.strictObject({ ...place, message: MessageFacts }),
    sample: { ...samplePlace, message: sampleFacts },
  }),
  'ticket.attachment_added': defineEvent({
    ...about,
    label: 'File added to a message',
    payload: FileChange,
    sample: sampleChange,
  }),
  'ticket.attachment_removed': defineEvent({
    ...about,
    label: 'File removed from a message',
    payload: FileChange,
    sample: sampleChange,
  }),
};
