import { spawnSync } from 'node:child_process';
import * as schema from '#schema/index.ts';
import { buildChain } from './build-chain.ts';
import { MIGRATIONS_DIR } from './migrate.ts';

const releases = spawnSync('git', ['tag', '--list', 'v*'], { cwd: MIGRATIONS_DIR, encoding: 'utf8' });

if (releases.status !== 0 || releases.stdout.trim() !== '') {
  console.error('There is a release, or no repository to tell: the chain is only added to, by npm run db:generate.');
  process.exitCode = 1;
} else {
  for (const file of await buildChain({ schema: { ...schema }, dir: MIGRATIONS_DIR })) console.log(file);
}
