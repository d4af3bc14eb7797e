import { parseArgs } from 'node:util';
import { REPLACEABLE_FUNCTIONS } from '#schema/functions.ts';
import * as schema from '#schema/index.ts';
import { checkSnapshotAdditivity } from './additivity-snapshots.ts';
import { checkSqlAdditivity } from './additivity-sql.ts';
import { generate } from './generate.ts';
import { readChain } from './journal.ts';
import { MIGRATIONS_DIR } from './migrate.ts';
import { formatProblem } from './problem.ts';

const { values } = parseArgs({ options: { name: { type: 'string' } } });

const files = await generate({ name: values.name ?? '', schema: { ...schema }, dir: MIGRATIONS_DIR });
for (const file of files) console.log(file);
if (files.length === 0) console.log('the schema and the chain are equal: nothing to write');

const { migrations, problems } = readChain(MIGRATIONS_DIR);
problems.push(...checkSnapshotAdditivity(migrations), ...checkSqlAdditivity(migrations, REPLACEABLE_FUNCTIONS));
for (const problem of problems) console.error(formatProblem(problem));
if (problems.length > 0) process.exitCode = 1;
