import type { Kernel } from '#services/kernel/run-verb.ts';
import { bulkJobsJob } from './bulk-jobs-job.ts';
import { deliveriesJob } from './deliveries-job.ts';
import { dispatchJob } from './dispatch-job.ts';
import { beat } from './heartbeat.ts';
import { inboundJob } from './inbound-job.ts';
import { slaJob } from './sla-job.ts';
import type { TickJob } from './tick-job.ts';
import { wakeJob } from './wake-job.ts';

export const TICK_JOBS: readonly TickJob[] = [dispatchJob, deliveriesJob, inboundJob, slaJob, wakeJob, bulkJobsJob];

/**
 * Everything that is due and not yet done, whatever minute it is: missed, late and overlapping ticks are harmless. With
 * nothing due it costs one round trip. A job that fails leaves the others alone.
 * @throws AggregateError of what failed, after all jobs had their turn.
 */
export async function runTick(kernel: Kernel, jobs: readonly TickJob[] = TICK_JOBS): Promise<void> {
  const [, ...found] = await kernel.db.batch([beat('tick', kernel.now), ...jobs.map((job) => job.probe(kernel.now))], {
    kind: 'commit',
  });
  const failures: { job: string; error: unknown }[] = [];
  for (const [at, job] of jobs.entries()) {
    if (!job.isDue(found[at])) continue;
    try {
      await job.run(kernel, found[at]);
    } catch (error) {
      failures.push({ job: job.name, error });
    }
  }
  if (failures.length === 0) return;
  const message = failures.map(({ job, error }) => `${job}: ${String(error)}`).join('; ');
  await kernel.db.batch([beat('tick', kernel.now, { error: message })], { kind: 'commit' });
  throw new AggregateError(
    failures.map(({ error }) => error),
    message,
  );
}
