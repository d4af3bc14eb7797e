import * as z from 'zod';
import type { Id } from '#schema/ids.ts';
import type { KeyRing } from '#services/secrets/key-ring.ts';
import { open, type SealPlace, seal } from '#services/secrets/seal.ts';

/** The secret fields of a GitHub connection, sealed as one JSON text. A replaced webhook secret verifies until its end. */
export const GithubSecrets = z.object({
  webhookSecret: z.string().min(1),
  previousWebhookSecret: z.object({ secret: z.string().min(1), until: z.iso.datetime() }).optional(),
  privateKey: z.string().optional(),
});

export type GithubSecrets = z.output<typeof GithubSecrets>;

const placeOf = (integrationId: Id<'int'>): SealPlace => ({
  table: 'integration_platform_credentials',
  rowId: integrationId,
  column: 'secrets',
  purpose: 'platform-credentials',
});

export const sealGithubSecrets = (
  keys: KeyRing,
  integrationId: Id<'int'>,
  secrets: GithubSecrets,
  random: (bytes: Uint8Array) => Uint8Array,
): string => seal(keys, placeOf(integrationId), JSON.stringify(secrets), random);

/** `undefined` when the key is gone or the text was moved here from elsewhere. */
export function openGithubSecrets(keys: KeyRing, integrationId: Id<'int'>, sealed: string): GithubSecrets | undefined {
  const plain = open(keys, placeOf(integrationId), sealed);
  return plain === undefined ? undefined : GithubSecrets.parse(JSON.parse(plain));
}

/** The webhook secrets that verify now, the current one first. */
export const liveWebhookSecrets = ({ webhookSecret, previousWebhookSecret }: GithubSecrets, now: Date): string[] => [
  webhookSecret,
  ...(previousWebhookSecret !== undefined && now < new Date(previousWebhookSecret.until)
    ? [previousWebhookSecret.secret]
    : []),
];
