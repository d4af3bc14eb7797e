import { cronMatches } from './cron-expression.ts';

const MINUTE_MS = 60_000;

export interface Ticker {
  stop(): void;
}

/**
 * The clock that the cloud has and a local Worker lacks: calls `fire` for every cron that names the present UTC minute,
 * at once and then at each turn of the minute. Minutes slept through are not made up for, as in the cloud.
 */
export function startTicker(options: {
  crons: readonly string[];
  fire(cron: string, at: Date): Promise<unknown>;
  onError(error: unknown, cron: string): void;
}): Ticker {
  let timer: NodeJS.Timeout | undefined;
  const tick = (): void => {
    const minute = new Date(Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS);
    for (const cron of options.crons) {
      if (!cronMatches(cron, minute)) continue;
      options.fire(cron, minute).catch((error: unknown) => options.onError(error, cron));
    }
    timer = setTimeout(tick, MINUTE_MS - (Date.now() % MINUTE_MS));
  };
  tick();
  return { stop: () => clearTimeout(timer) };
}
