import * as z from 'zod';
import { TICKET_PRIORITIES } from '#schema/values.ts';

/** `integration_repositories.rules`, as far as opening tickets goes; the other keys belong to the sync. */
export const RepositoryRules = z.looseObject({
  schemaVersion: z.literal(1),
  createTicket: z
    .union([z.enum(['never', 'all']), z.strictObject({ label: z.string().min(1).max(50) })])
    .default('never'),
  priority: z.enum(TICKET_PRIORITIES).optional(),
});

export type RepositoryRules = z.output<typeof RepositoryRules>;
