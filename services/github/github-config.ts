import * as z from 'zod';

/** `integrations.config` of provider github. A GitHub Enterprise Server has its own host in both addresses. */
export const GithubConfig = z.object({
  apiBaseUrl: z.url().default('https://api.github.com'),
  webBaseUrl: z.url().default('https://github.com'),
  appId: z.int().positive(),
  appSlug: z.string().optional(),
});

export type GithubConfig = z.output<typeof GithubConfig>;

/** The host that deliveries of an Enterprise Server name; null for github.com, which names none. */
export function enterpriseHost({ apiBaseUrl }: GithubConfig): string | null {
  const { host } = new URL(apiBaseUrl);
  return host === 'api.github.com' ? null : host;
}
