import * as z from 'zod';
import { oneLine } from './shared.ts';

const MOST_ORIGINS = 20;

const Locale = z
  .string()
  .regex(/^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|\d{3}))?$/, 'A language tag such as de, pt-BR or zh-Hant-TW.')
  .meta({ description: 'A language tag (BCP 47): language, script, region.', examples: ['pt-BR'] });

/** An origin as browsers send it: https, or http on the machine itself; no path, nothing to spell in two ways. */
const Origin = z
  .string()
  .max(255)
  .refine(isOrigin, 'An https origin without path, such as https://desk.example.com.')
  .meta({ examples: ['https://desk.example.com'] });

function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { origin, protocol, hostname } = new URL(text);
  const local = protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  return origin === text && (protocol === 'https:' || local);
}

/** The settings of the workspace. */
export const Workspace = z
  .strictObject({
    name: z.string(),
    defaultTimeZone: z.string(),
    defaultLocale: z.string(),
    trustedOrigins: z
      .array(z.string())
      .meta({ description: 'Origins from which browsers that are signed in by Cloudflare Access may make changes.' }),
    mcpEnabled: z.boolean(),
    retention: z.array(
      z.strictObject({
        table: z.string(),
        days: z.int().nonnegative(),
        min: z.int().nonnegative(),
        max: z.int().nonnegative(),
      }),
    ),
    version: z.int().positive(),
  })
  .meta({ id: 'Workspace' });

export type Workspace = z.input<typeof Workspace>;

export const UpdateWorkspaceBody = z
  .strictObject({
    name: oneLine(1, 120).optional(),
    defaultTimeZone: z.string().min(1).max(64).optional().meta({ description: 'A name of the IANA database.' }),
    defaultLocale: Locale.optional(),
    trustedOrigins: z.array(Origin).max(MOST_ORIGINS).optional(),
    mcpEnabled: z.boolean().optional(),
    retentionDays: z
      .record(z.string().max(63), z.int().nullable())
      .optional()
      .meta({ description: 'Table → days, within its bounds; null is the default. What is not named stays.' }),
    version: z.int().positive().optional().meta({ description: 'As If-Match.' }),
  })
  .meta({ id: 'UpdateWorkspaceBody' });
