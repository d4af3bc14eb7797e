import type { Reason } from '#schema/reasons.ts';

/** The exit code of `EX_TEMPFAIL`: somebody else is at it, try again later. */
const EXIT_LOCKED = 75;

/** Why the migrator stops before or between files; what was applied so far stands. */
export class MigrationRefusal extends Error {
  readonly reason: Reason;

  constructor(reason: Reason, message: string) {
    super(`${reason}: ${message}`);
    this.name = 'MigrationRefusal';
    this.reason = reason;
  }

  get exitCode(): number {
    return this.reason === 'locked' ? EXIT_LOCKED : 1;
  }
}
