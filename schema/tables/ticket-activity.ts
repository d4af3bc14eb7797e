import { sql } from 'drizzle-orm';
import { integer, jsonb, pgTable } from 'drizzle-orm/pg-core';
import { actorColumns } from '../actor-columns.ts';
import { jsonObject } from '../checks.ts';
import { choice, createdAt, id, pk } from '../columns.ts';
import { fk, idx, oneOf, rule } from '../keys.ts';
import { newest } from '../newest.ts';
import { ACTOR_KINDS, CHANGE_CAUSES, MESSAGE_AUDIENCES } from '../values.ts';
import { teams } from './teams.ts';
import { tickets } from './tickets.ts';

export const ACTIVITY_TYPES = [
  'created',
  'updated',
  'status_changed',
  'assigned',
  'tagged',
  'message_edited',
  'message_deleted',
  'message_redacted',
  'attachment_added',
  'attachment_removed',
  'participant_changed',
  'share_changed',
  'linked',
  'unlinked',
  'merged',
  'unmerged',
  'deleted',
  'restored',
  'rated',
  'sla.policy_matched',
  'sla.breached',
  'sla.escalated',
  'ticket.routed',
  'issue_linked',
  'issue_unlinked',
  'issue_changed',
  'issue_closed',
  'comment_shared',
  'mail_bounced',
  'sender_unverified',
] as const;

/** What an activity entry says beside its type; values are TypeIDs, never names, so a later rename does not falsify it. */
export interface ActivityData {
  changes?: { field: string; from: unknown; to: unknown }[];
  [member: string]: unknown;
}

/** Room for a change of all custom fields at once (32 KiB), before and after, in any script. */
const DATA_MAX_KIBIBYTES = 128;

/** The timeline of a ticket. Append-only: rows leave with their ticket, and only erasure blanks a name. */
export const ticketActivity = pgTable(
  'ticket_activity',
  {
    id: pk('tact'),
    ticketId: id('tkt').notNull(),
    /** The ticket's revision after the change. */
    revision: integer().notNull(),
    /** The ticket's version after the change; null when the change moved no versioned field. */
    version: integer(),
    type: choice(ACTIVITY_TYPES).notNull(),
    audience: choice(MESSAGE_AUDIENCES).notNull(),
    teamId: id('team'),
    ...actorColumns(),
    cause: choice(CHANGE_CAUSES).notNull(),
    data: jsonb().$type<ActivityData>().notNull().default({}),
    /** History without foreign key: the job is purged long before the ticket. */
    bulkJobId: id('bulk'),
    createdAt: createdAt(),
  },
  (t) => [
    fk(t.ticketId, tickets.id, 'cascade'),
    fk(t.teamId, teams.id, 'no action'),
    rule(t.revision, 'revision', sql`${t.revision} >= 1 and ${t.version} >= 1`),
    oneOf(t.type, ACTIVITY_TYPES),
    oneOf(t.audience, MESSAGE_AUDIENCES),
    rule(t.teamId, 'shared_team', sql`(${t.teamId} is not null) = (${t.audience} = 'shared_team')`),
    oneOf(t.actorKind, ACTOR_KINDS),
    oneOf(t.cause, CHANGE_CAUSES),
    jsonObject(t.data, DATA_MAX_KIBIBYTES),
    idx([t.ticketId, newest(t.revision), newest(t.id)]),
    idx(t.teamId, { where: sql`${t.teamId} is not null` }),
    idx(t.bulkJobId, { where: sql`${t.bulkJobId} is not null` }),
  ],
);
