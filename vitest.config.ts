import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    maxWorkers: Math.max(2, Math.floor(availableParallelism() / 2)),
    projects: [
      {
        test: {
          // Pure rules beside their code: no database, no Worker.
          name: 'unit',
          // They leave nothing behind, and a process for each costs more than most of them.
          isolate: false,
          include: ['{schema,services,queues,workers,local,client,widget,scripts,bench}/**/*.test.ts'],
          // Never a measure of speed: room for a busy machine.
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['{tests,migrations}/**/*.test.ts'],
          // A file's own database isolates it. A process per file would load Wrangler each time, 1.5 s of CPU.
          isolate: false,
          globalSetup: 'tests/support/global-setup.ts',
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
