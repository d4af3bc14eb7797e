import * as z from 'zod';

/** Fields that changed, each with what it was and is. */
export const FieldChanges = z.array(z.strictObject({ field: z.string(), from: z.unknown(), to: z.unknown() }));

/** What the events of roles, members and teams have in common. */
export const accessEvent = { audiences: ['internal'], dimensions: [], version: '2026-11-01' } as const;

export const SAMPLE_MEMBER = 'prin_01kaz2m4f8e5rtt0m0v2g6yh3k';
export const SAMPLE_TEAM = 'team_01kaz2m4f8e5rtt0m0v2g6yh3d';
export const SAMPLE_ROLE = 'role_01kaz2m4f8e5rtt0m0v2g6yh3r';
