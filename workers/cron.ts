import { endExpired } from '#services/access/housekeeping/end-expired.ts';
import { keepUp } from '#services/events/keep-up.ts';
import { sweepFiles, sweepOrphans } from '#services/files/sweep-files.ts';
import type { Kernel } from '#services/kernel/run-verb.ts';
import { autoClose } from '#services/lifecycle/auto-close.ts';
import { purgeDeleted } from '#services/lifecycle/purge-deleted.ts';
import { askRatings } from '#services/ratings/ask-ratings.ts';
import { purgeExpired } from '#services/retention/purge-expired.ts';
import type { FileStore } from '#services/storage/file-store.ts';
import { beat } from '#services/tick/heartbeat.ts';
import { runTick } from '#services/tick/run-tick.ts';
import { cancelStrays } from '#services/webhooks/cancel-strays.ts';
import { backgroundFacts } from './background-facts.ts';
import type { Context, Env } from './env.ts';
import { makeKernel } from './kernel.ts';
import { logFailure } from './log.ts';
import { fileStore } from './object-store.ts';

/** Cron expression → job, by the expressions of `wrangler.toml`. None means "this minute": each does what is due. */
export const CRONS: Readonly<Record<string, (kernel: Kernel, files: FileStore) => Promise<void>>> = {
  '* * * * *': (kernel) => runTick(kernel),
  '*/5 * * * *': async (kernel) => {
    await kernel.db.batch([keepUp(kernel.now), beat('reconcile', kernel.now)], { kind: 'commit' });
  },
  '17 * * * *': async (kernel, files) => {
    const rowsDone =
      (await endExpired(kernel)) +
      (await autoClose(kernel)) +
      (await askRatings(kernel)) +
      (await sweepFiles(kernel, files));
    await kernel.db.batch([cancelStrays(kernel.now), beat('hourly', kernel.now, { rowsDone })], { kind: 'commit' });
  },
  '41 3 * * *': async (kernel, files) => {
    const rowsDone = (await purgeDeleted(kernel)) + (await purgeExpired(kernel)) + (await sweepOrphans(kernel, files));
    await kernel.db.batch([beat('retention', kernel.now, { rowsDone })], { kind: 'commit' });
  },
};

/** The clock door. */
export async function runCron(cron: string, env: Env, context: Context): Promise<void> {
  const job = CRONS[cron];
  if (job === undefined) throw new Error(`no job for the cron ${cron}`);
  try {
    await job(makeKernel(env, context, backgroundFacts('cron')), fileStore(env));
  } catch (error) {
    logFailure('cron failed', error, { cron });
    throw error;
  }
}
