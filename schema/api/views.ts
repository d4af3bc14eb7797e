import * as z from 'zod';
import { idSchema } from '../id-schema.ts';
import { SHARING_AUDIENCES } from '../tables/views-and-macros.ts';
import { Instant, oneLine } from './shared.ts';
import { TICKET_SORTS, ticketFilterQuery } from './ticket-filter.ts';

const MOST_COLUMNS = 50;
const MOST_POSITION = 10_000;
const MOST_FILTER_BYTES = 16 * 1024;

const { sort: _sort, ...FILTERS } = ticketFilterQuery({}).shape;
const filterSchema = ticketFilterQuery({});

/** What a view or a bulk filters by, as the text of the parameters of a list. */
export const TicketFilterText = z
  .record(z.string().max(60), z.string().max(2500))
  .check(({ value, issues }) => {
    const { sort, ...asked } = value;
    if (sort !== undefined) issues.push({ code: 'unrecognized_keys', keys: ['sort'], input: value });
    if (new TextEncoder().encode(JSON.stringify(value)).length > MOST_FILTER_BYTES)
      issues.push({
        code: 'custom',
        message: 'A filter has at most 16 KiB.',
        params: { code: 'too_big' },
        input: value,
      });
    const parsed = filterSchema.safeParse(asked, { reportInput: true });
    if (!parsed.success) issues.push(...(parsed.error.issues as typeof issues));
  })
  .meta({
    description: `Parameters of \`GET /tickets\` as text: ${Object.keys(FILTERS).join(', ')}, field.<key>. \`me\` and \`myTeams\` are those of whoever looks.`,
    examples: [{ statusCategory: 'open,pending', team: 'myTeams' }],
  });

/** What saved views and macros have in common. */
export const sharingShape = {
  name: oneLine(1, 80),
  audience: z.enum(SHARING_AUDIENCES),
  teamId: idSchema('team').nullable(),
  position: z.int().nonnegative().max(MOST_POSITION),
};

const fields = {
  ...sharingShape,
  filter: TicketFilterText,
  sort: z.enum(TICKET_SORTS),
  columns: z.array(z.string().min(1).max(60)).max(MOST_COLUMNS),
};

export const View = z
  .strictObject({
    id: idSchema('view'),
    name: z.string(),
    audience: fields.audience,
    teamId: fields.teamId,
    filter: z.record(z.string(), z.string()),
    sort: fields.sort,
    columns: z.array(z.string()),
    position: z.int().nonnegative(),
    stale: z.boolean().meta({ description: 'Its filter names something that is gone, which no ticket matches.' }),
    createdAt: Instant,
    updatedAt: Instant,
    version: z.int().positive(),
  })
  .meta({ id: 'View' });

export type View = z.input<typeof View>;

export const goesWith = ({ audience, teamId }: { audience?: string | undefined; teamId?: string | null | undefined }) =>
  (audience === 'team') === (teamId !== null && teamId !== undefined);
export const TEAM_RULE = 'teamId goes with audience team, and only with it.';

export const CreateViewBody = z
  .strictObject({
    name: fields.name,
    audience: fields.audience.default('private'),
    teamId: idSchema('team').optional(),
    filter: fields.filter.default({}),
    sort: fields.sort.default('-lastActivity'),
    columns: fields.columns.default([]),
    position: fields.position.default(0),
  })
  .refine(goesWith, TEAM_RULE)
  .meta({ id: 'CreateViewBody' });

export const UpdateViewBody = z
  .strictObject({
    name: fields.name.optional(),
    audience: fields.audience.optional(),
    teamId: idSchema('team').optional(),
    filter: fields.filter.optional(),
    sort: fields.sort.optional(),
    columns: fields.columns.optional(),
    position: fields.position.optional(),
    version: z.int().positive().optional(),
  })
  .refine((body) => (body.audience === undefined && body.teamId === undefined) || goesWith(body), TEAM_RULE)
  .meta({ id: 'UpdateViewBody' });

export const ViewCount = z
  .strictObject({
    count: z.int().nonnegative().max(1000),
    capped: z.boolean().meta({ description: 'It was counted to 1,000 and no further.' }),
  })
  .meta({ id: 'ViewCount' });
