import { parseArgs } from 'node:util';
import { migrate } from './migrate.ts';
import { MigrationRefusal } from './refusal.ts';

const { values } = parseArgs({ options: { plan: { type: 'boolean', default: false } } });
const databaseUrl = process.env.MIGRATION_DATABASE_URL || process.env.DATABASE_URL;

if (databaseUrl === undefined || databaseUrl === '') {
  console.error('Set MIGRATION_DATABASE_URL or DATABASE_URL to the database to migrate.');
  process.exitCode = 1;
} else {
  const release = process.env.npm_package_version;
  try {
    const { applied } = await migrate({
      databaseUrl,
      plan: values.plan,
      log: console.log,
      ...(release === undefined ? {} : { release }),
    });
    if (!values.plan) console.log(`${applied.length} migrations applied`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = error instanceof MigrationRefusal ? error.exitCode : 1;
  }
}
