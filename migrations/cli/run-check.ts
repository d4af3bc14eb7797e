import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import * as schema from '#schema/index.ts';
import { attest } from './attest.ts';
import { checkChain } from './check.ts';
import { checkDatabase } from './check-database.ts';
import { MIGRATIONS_DIR } from './migrate.ts';
import { formatProblem } from './problem.ts';
import { withClient } from './scratch-database.ts';

const ATTESTATION = 'attestation.json';

const { values } = parseArgs({
  options: { database: { type: 'boolean', default: false }, attest: { type: 'boolean', default: false } },
});
const databaseUrl = process.env.MIGRATION_DATABASE_URL || process.env.DATABASE_URL || undefined;

const { migrations, problems } = checkChain(MIGRATIONS_DIR, { ...schema });
if ((values.database || values.attest) && databaseUrl === undefined) {
  console.error(
    'Set MIGRATION_DATABASE_URL or DATABASE_URL: --database checks that database, --attest uses its server.',
  );
  process.exitCode = 1;
} else {
  if (values.database && databaseUrl !== undefined) {
    problems.push(...(await withClient(databaseUrl, (client) => checkDatabase(client, migrations))));
  }
  for (const problem of problems) console.error(formatProblem(problem));
  if (problems.length > 0) process.exitCode = 1;
  else console.log(`${migrations.length} migrations: journal whole, only additions, no drift`);
  if (values.attest && databaseUrl !== undefined && problems.length === 0) {
    writeFileSync(ATTESTATION, `${JSON.stringify(await attest(databaseUrl, migrations, { ...schema }), null, 2)}\n`);
    console.log(`${ATTESTATION} written`);
  }
}
