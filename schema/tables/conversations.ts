import { sql } from 'drizzle-orm';
import { bigint, pgTable, smallint, text } from 'drizzle-orm/pg-core';
import { choice, createdAt, id, instant, pk, revision, updatedAt, version } from '../columns.ts';
import {
  CONVERSATION_CHANNELS,
  CONVERSATION_PRIORITIES,
  CONVERSATION_STATUSES,
  END_REASONS,
} from '../conversation-values.ts';
import { fk, idx, oneOf, rule, textLength, uniqueIdx } from '../keys.ts';
import { newest } from '../newest.ts';
import { contacts } from './contacts.ts';
import { inboxes } from './inboxes.ts';
import { principal } from './people.ts';
import { tickets } from './tickets.ts';

export const conversations = pgTable(
  'conversations',
  {
    id: pk('conv'),
    visitorPrincipalId: id('prin').notNull(),
    assignedAgentPrincipalId: id('prin'),
    contactId: id('contact'),
    inboxId: id('inbox'),
    ticketId: id('tkt'),
    status: choice(CONVERSATION_STATUSES).notNull().default('open'),
    priority: choice(CONVERSATION_PRIORITIES).notNull().default('none'),
    channel: choice(CONVERSATION_CHANNELS).notNull().default('live_chat'),
    subject: text(),
    lastMessagePreview: text(),
    lastMessageAt: instant().notNull(),
    visitorLastReadAt: instant(),
    agentLastReadAt: instant(),
    resolvedAt: instant(),
    endReason: choice(END_REASONS),
    endNote: text(),
    csatRating: smallint(),
    csatComment: text(),
    csatSubmittedAt: instant(),
    externalRef: text(),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
    version: version(),
    revision: revision(),
    eventSeq: bigint({ mode: 'number' }).notNull().default(0),
  },
  (t) => {
    const lastMessage = () => [newest(t.lastMessageAt), newest(t.id)] as const;
    return [
      fk(t.visitorPrincipalId, principal.id, 'restrict'),
      fk(t.assignedAgentPrincipalId, principal.id, 'set null'),
      fk(t.contactId, contacts.id, 'set null'),
      fk(t.inboxId, inboxes.id, 'set null'),
      fk(t.ticketId, tickets.id, 'set null'),

      idx(lastMessage()),
      idx([t.status, ...lastMessage()]),
      idx([t.assignedAgentPrincipalId, ...lastMessage()], { name: 'conversations_assigned_agent_last_message_idx' }),
      idx([t.visitorPrincipalId, ...lastMessage()]),
      idx([newest(t.createdAt), newest(t.id)]),
      idx(t.contactId, { where: sql`${t.contactId} is not null` }),
      idx(t.inboxId, { where: sql`${t.inboxId} is not null` }),
      idx(t.ticketId, { where: sql`${t.ticketId} is not null` }),
      uniqueIdx(t.externalRef, { where: sql`${t.externalRef} is not null` }),

      oneOf(t.status, CONVERSATION_STATUSES),
      oneOf(t.priority, CONVERSATION_PRIORITIES),
      oneOf(t.channel, CONVERSATION_CHANNELS),
      oneOf(t.endReason, END_REASONS),
      textLength(t.subject, 1, 255),
      textLength(t.lastMessagePreview, 0, 140),
      textLength(t.endNote, 0, 2000),
      textLength(t.csatComment, 0, 2000),
      textLength(t.externalRef, 1, 255),
      rule(t.resolvedAt, 'resolved', sql`(${t.resolvedAt} is not null) = (${t.status} = 'closed')`),
      rule(t.endReason, 'ended', sql`(${t.endReason} is not null) = (${t.status} = 'closed')`),
      rule(t.csatRating, 'csat_rating', sql`${t.csatRating} between 1 and 5`),
      rule(t.csatSubmittedAt, 'csat_submitted', sql`(${t.csatRating} is null) = (${t.csatSubmittedAt} is null)`),
    ];
  },
);
