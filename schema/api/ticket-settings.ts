import * as z from 'zod';
import { AGENT_NAME_FORMATS } from '../tables/ticket-settings.ts';
import { ON_CLOSED_REPLY } from '../values.ts';

const days = (max: number) => z.int().min(0).max(max);
const YEARS = 3650;
const MIB = 1024 * 1024;

const fields = {
  autoCloseDays: z.int().min(1).max(YEARS).nullable().meta({ description: 'Solved until closed; null never closes.' }),
  reopenWindowDays: days(YEARS)
    .nullable()
    .meta({ description: 'In which a reply reopens; null without end, 0 never.' }),
  onClosedReply: z.enum(ON_CLOSED_REPLY).meta({ description: 'What a reply to a closed ticket does.' }),
  editWindowMinutes: days(525_600).nullable().meta({ description: 'For public messages; null always, 0 never.' }),
  agentNameFormat: z.enum(AGENT_NAME_FORMATS).meta({ description: 'How customers see an agent.' }),
  csatEnabled: z.boolean(),
  csatDelayHours: z.int().min(0).max(336),
  csatQuietDays: days(365),
  purgeAfterDays: z.int().min(7).max(365).meta({ description: 'Days in the trash.' }),
  attachmentMaxBytes: z
    .int()
    .min(1)
    .max(25 * MIB),
  extraContentTypes: z
    .array(
      z
        .string()
        .regex(/^[a-z0-9.+-]+\/[a-z0-9.+-]+$/)
        .max(127)
        .meta({ examples: ['text/calendar'] }),
    )
    .max(100),
  orgByDomain: z.boolean(),
  autoCreateOrganizations: z.boolean(),
};

export const TicketSettings = z.strictObject({ ...fields, version: z.int().positive() }).meta({ id: 'TicketSettings' });

export type TicketSettings = z.input<typeof TicketSettings>;

export const UpdateTicketSettingsBody = z
  .strictObject(fields)
  .partial()
  .extend({ version: z.int().positive().optional() })
  .meta({ id: 'UpdateTicketSettingsBody' });
