import * as z from 'zod';
import { idSchema } from '../id-schema.ts';
import type { Prefix } from '../ids.ts';
import { STATUS_CATEGORIES, TICKET_CHANNELS, TICKET_PRIORITIES, TICKET_VISIBILITIES } from '../values.ts';
import { anyOfQuery } from './shared.ts';
import { TagName } from './tickets.ts';

export const TICKET_SCOPES = [
  'visible',
  'all',
  'mine',
  'team',
  'unassigned',
  'inbox',
  'shared',
  'participating',
] as const;
export const TICKET_SORTS = [
  '-lastActivity',
  'lastActivity',
  '-created',
  'created',
  'priority',
  'waiting',
  'slaDue',
] as const;
export const SLA_STATES = ['breached', 'running', 'paused', 'none'] as const;

const MOST_VALUES = 50;
const MOST_WORDS = 10;
const FIELD_NAME = /^field\.[a-z][a-z0-9_]{0,39}$/;

const several = <T>(one: z.ZodType<T, string>, description: string) =>
  z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(one).min(1).max(MOST_VALUES))
    .meta({ description, type: 'array', items: { type: 'string' }, minItems: 1, maxItems: MOST_VALUES });

const idsOr = <P extends Prefix, const W extends readonly [string, ...string[]]>(prefix: P, ...words: W) =>
  several(z.union([z.enum(words), idSchema(prefix)]), `Ids, ${words.map((word) => `\`${word}\``).join(', ')}.`);

const Moment = z.iso.datetime({ offset: true }).transform((text) => new Date(text).toISOString());
export const Flag = z
  .enum(['true', 'false'])
  .transform((text) => text === 'true')
  .meta({ type: 'string', enum: ['true', 'false'] });

const RANGE_ENDS = ['gte', 'gt', 'lt', 'lte'] as const;
const rangeOf = <const N extends string>(name: N) =>
  Object.fromEntries(RANGE_ENDS.map((end) => [`${name}[${end}]`, Moment.optional()])) as Record<
    `${N}[${(typeof RANGE_ENDS)[number]}]`,
    z.ZodOptional<typeof Moment>
  >;

const parameters = {
  scope: z.enum(TICKET_SCOPES).optional().meta({
    description:
      '`visible` and `all`: whatever you may see. `mine`: assigned to you. `team`, `inbox`: of your teams, of your inboxes. `unassigned`: active and nobody works on it. `shared`: other teams share it with yours. `participating`: you are on it.',
  }),
  statusCategory: anyOfQuery(STATUS_CATEGORIES).optional(),
  status: several(idSchema('tstat'), 'Ids of statuses.').optional(),
  priority: anyOfQuery(TICKET_PRIORITIES).optional(),
  assignee: idsOr('prin', 'me', 'none').optional(),
  team: idsOr('team', 'myTeams', 'none').optional().meta({
    description: 'Queue or working team. Ids, `myTeams`, `none`.',
  }),
  inbox: idsOr('inbox', 'none').optional(),
  organization: idsOr('org', 'none').optional(),
  requester: several(z.union([z.literal('none'), idSchema('contact'), idSchema('prin')]), 'Contacts, logins, `none`.')
    .optional()
    .meta({ description: 'Contacts, logins, `none`.' }),
  requesterEmail: z.string().max(254).optional().meta({ description: 'Matches nothing without `org.view`.' }),
  channel: anyOfQuery(TICKET_CHANNELS).optional(),
  visibility: anyOfQuery(TICKET_VISIBILITIES).optional(),
  tag: several(TagName, 'Ids or names of tags: any of them.').optional(),
  notTag: several(TagName, 'Ids or names of tags: none of them.').optional(),
  ...rangeOf('createdAt'),
  ...rangeOf('activityAt'),
  ...rangeOf('solvedAt'),
  needsResponse: Flag.optional().meta({ description: 'Active, and its customer waits for an answer.' }),
  slaState: anyOfQuery(SLA_STATES).optional().meta({ description: 'Of the promises to the customer.' }),
  dueBefore: Moment.optional(),
  merged: z
    .enum(['true', 'false', 'any'])
    .transform((text) => (text === 'any' ? text : text === 'true'))
    .optional()
    .meta({
      type: 'string',
      enum: ['true', 'false', 'any'],
      description:
        'Tickets that were merged into another are left out, unless `true` asks for them alone or `any` for both. A number in `q` finds its ticket all the same.',
    }),
  deleted: Flag.optional().meta({ description: '`true`: the trash, of which you see what you may restore.' }),
  q: z
    .string()
    .trim()
    .max(200)
    .refine((text) => text.split(/[\s"]+/).filter((word) => word !== '').length <= MOST_WORDS, {
      error: `At most ${MOST_WORDS} words.`,
      params: { code: 'too_many' },
    })
    .optional()
    .meta({
      description:
        'Words, "a phrase", -without, or. Number and address of a ticket are found too; the last word may be a beginning.',
    }),
  sort: z.enum(TICKET_SORTS).default('-lastActivity').meta({
    description:
      '`priority`, `waiting` and `slaDue` order active tickets only. Tickets keep their place by `created`; by the others one that moves while you page may repeat or be missed.',
  }),
};

/** The parameters of a list of tickets, all of which must hold. `field.<key>` is one for each custom field. */
export const ticketFilterQuery = <const More extends Record<string, z.ZodType>>(more: More) =>
  z
    .object({ ...parameters, ...more })
    .catchall(z.string().min(1).max(500))
    .check(({ value, issues }) => {
      const keys = Object.keys(value).filter((name) => !(name in parameters || name in more || FIELD_NAME.test(name)));
      if (keys.length > 0) issues.push({ code: 'unrecognized_keys', keys, input: value });
    });

type Parameters = typeof parameters;
/** What a list of tickets is asked for, without its page. */
export type TicketFilter = { [K in keyof Parameters]: z.output<Parameters[K]> } & {
  [field: `field.${string}`]: string;
};
