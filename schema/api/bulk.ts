import * as z from 'zod';
import { ERROR_STATUS, type ErrorCode } from '../errors.ts';
import { idSchema } from '../id-schema.ts';
import { REASONS } from '../reasons.ts';
import { BULK_ITEM_STATES, BULK_JOB_KINDS, BULK_JOB_STATES } from '../tables/bulk-jobs.ts';
import { STATUS_CATEGORIES, TICKET_PRIORITIES, TICKET_VISIBILITIES } from '../values.ts';
import { FieldValuesInput } from './custom-fields.ts';
import { Instant } from './shared.ts';
import { MessageBody, TagNames } from './tickets.ts';
import { TicketFilterText } from './views.ts';

/** As many tickets as one request changes itself; more become a job. */
export const AT_ONCE = 50;
/** What a job works through. */
export const MOST_ITEMS = 10_000;

const action = <T extends string, S extends z.ZodRawShape>(type: T, shape: S) =>
  z.strictObject({ type: z.literal(type), ...shape });

const TO_STATUS = 'Give statusId or category, one of them.';

/** What a macro may do to a ticket beside saying something. */
export const TICKET_ACTIONS = [
  action('assign', {
    assigneePrincipalId: idSchema('prin').nullable().optional(),
    assigneeTeamId: idSchema('team').nullable().optional(),
  }),
  action('status', {
    statusId: idSchema('tstat').optional(),
    category: z.enum(STATUS_CATEGORIES).optional(),
    wakeAt: z.iso.datetime({ offset: true }).nullable().optional(),
  }).refine(({ statusId, category }) => (statusId === undefined) !== (category === undefined), TO_STATUS),
  action('priority', { priority: z.enum(TICKET_PRIORITIES) }),
  action('inbox', { inboxId: idSchema('inbox').nullable() }),
  action('team', { primaryTeamId: idSchema('team').nullable() }),
  action('visibility', { visibility: z.enum(TICKET_VISIBILITIES) }),
  action('organization', { organizationId: idSchema('org').nullable() }),
  action('tags', { add: TagNames.optional(), remove: TagNames.optional() }),
  action('fields', { customFields: FieldValuesInput }),
  action('delete', {}),
  action('restore', {}),
  action('subscribe', {}),
] as const;

export const TicketAction = z.discriminatedUnion('type', TICKET_ACTIONS).meta({ id: 'TicketAction' });
export type TicketAction = z.output<typeof TicketAction>;

/** One change that is made to each of many tickets, as the operation on one makes it. */
export const BulkAction = z
  .discriminatedUnion('type', [
    ...TICKET_ACTIONS,
    action('message', { body: MessageBody, audience: z.enum(['public', 'internal']).default('public') }),
    action('macro', { macroId: idSchema('macro') }),
  ])
  .meta({ id: 'BulkAction' });
export type BulkAction = z.output<typeof BulkAction>;

export const BulkBody = z
  .strictObject({
    ids: z
      .array(idSchema('tkt'))
      .min(1)
      .max(MOST_ITEMS)
      .refine((ids) => new Set(ids).size === ids.length, 'Each ticket once.')
      .optional(),
    filter: TicketFilterText.optional(),
    action: BulkAction,
    expectMessageSeq: z
      .record(idSchema('tkt'), z.int().nonnegative())
      .optional()
      .meta({ description: '`messageSeq` of each ticket as you read it: a later message of its customer refuses it.' }),
  })
  .refine(({ ids, filter }) => (ids === undefined) !== (filter === undefined), 'Give ids or filter, one of them.')
  .refine(
    ({ filter, action: { type } }) => filter === undefined || (type === 'restore') === (filter.deleted === 'true'),
    {
      error: 'Restoring, and nothing else, is done to what a filter finds in the trash.',
      path: ['filter'],
    },
  )
  .refine(
    ({ ids, action: { type }, expectMessageSeq }) =>
      expectMessageSeq === undefined || (ids !== undefined && (type === 'status' || type === 'macro')),
    { error: 'It goes with ids, and with a status or a macro.', path: ['expectMessageSeq'] },
  )
  .meta({ id: 'BulkBody' });

const CODES = Object.keys(ERROR_STATUS) as [ErrorCode, ...ErrorCode[]];

const outcome = {
  state: z.enum(BULK_ITEM_STATES).exclude(['pending']),
  code: z.enum(CODES).nullable().meta({ description: 'Why it was refused, as the operation on one says it.' }),
  reason: z.enum(REASONS).nullable(),
};

export const BulkResult = z.strictObject({ id: idSchema('tkt'), ...outcome }).meta({ id: 'BulkResult' });
export type BulkResult = z.input<typeof BulkResult>;

export const BulkJob = z
  .strictObject({
    id: idSchema('bulk'),
    kind: z.enum(BULK_JOB_KINDS),
    state: z.enum(BULK_JOB_STATES),
    action: z.string().nullable(),
    total: z.int().nonnegative(),
    succeeded: z.int().nonnegative(),
    unchanged: z.int().nonnegative(),
    failed: z.int().nonnegative(),
    undoOf: idSchema('bulk').nullable(),
    resultAttachmentId: idSchema('tatt').nullable().meta({ description: 'The file of an export.' }),
    createdAt: Instant,
    finishedAt: Instant.nullable(),
  })
  .meta({ id: 'BulkJob' });
export type BulkJob = z.input<typeof BulkJob>;

export const BulkResults = z.strictObject({ results: z.array(BulkResult) }).meta({ id: 'BulkResults' });

export const BulkItem = z
  .strictObject({
    position: z.int().nonnegative(),
    ticketId: idSchema('tkt').nullable(),
    state: z.enum(BULK_ITEM_STATES),
    code: z.string().nullable(),
    reason: z.string().nullable(),
  })
  .meta({ id: 'BulkItem' });
export type BulkItem = z.input<typeof BulkItem>;

/** What goes on after the answer; the job tells how far it is. */
export const StartedJob = z
  .strictObject({ jobId: idSchema('bulk'), kind: z.enum(BULK_JOB_KINDS) })
  .meta({ id: 'StartedJob' });
export type StartedJob = z.input<typeof StartedJob>;
