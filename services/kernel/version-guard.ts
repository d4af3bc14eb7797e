import { ServiceError } from '#schema/errors.ts';

/** What `If-Match` asks for: any live row, or one of these versions. A weak tag never matches (RFC 9110 §13.1.1). */
export type VersionGuard = { any: true } | { any: false; versions: readonly number[] };

/** @throws ServiceError stale_version with `current`, the thing as it now is, and what the area adds. */
export function requireVersion(
  guard: VersionGuard | null,
  version: number,
  current: unknown,
  more: Readonly<Record<string, unknown>> = {},
): void {
  if (guard === null || guard.any || guard.versions.includes(version)) return;
  throw new ServiceError('stale_version', 'This has been changed since you read it.', { extra: { current, ...more } });
}
