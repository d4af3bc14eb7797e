const DAY_MS = 86_400_000;

/** The latest moment at which the grant of an invitation may end: joined at the last minute. Null is never. */
export const promisedUntil = (roleDays: number | null, expiresAt: Date): Date | null =>
  roleDays === null ? null : new Date(expiresAt.getTime() + roleDays * DAY_MS);
