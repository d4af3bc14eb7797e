import { catalogueDifferences, readCatalogue } from './catalogue.ts';
import { createFromSchema } from './create-from-schema.ts';
import type { Migration } from './journal.ts';
import { migrate } from './migrate.ts';
import { changedTables, upgradePopulated } from './populated-upgrade.ts';
import { scratchServer, withClient } from './scratch-database.ts';

/** What a release publishes of its chain; anyone can make it again with one command. */
export interface Attestation {
  postgres: string;
  migrations: { idx: number; tag: string; sha256: string }[];
  proofs: {
    P1: string;
    P2: string;
    P3: { from: string; tables: number; rows: number; writerCommits: number; writerRetries: number }[];
    P4: { catalogueLines: number; chain: 'equal'; schema: 'equal' };
  };
}

/**
 * Runs proofs P3 and P4 on scratch databases of a server and answers what they found, for a chain that P1 and P2 passed.
 * @throws Error naming what does not hold.
 */
export async function attest(
  serverUrl: string,
  migrations: readonly Migration[],
  schema: Record<string, unknown>,
): Promise<Attestation> {
  const server = await scratchServer(serverUrl);
  try {
    const fresh = await server.create();
    await migrate({ databaseUrl: fresh, files: migrations });
    const expected = await withClient(fresh, readCatalogue);
    const refuse = (what: string, differences: readonly string[]) => {
      if (differences.length > 0) throw new Error(`${what}:\n${differences.join('\n')}`);
    };
    const fromSchema = await withClient(await server.create(), async (client) => {
      await createFromSchema(client, schema);
      return readCatalogue(client);
    });
    refuse('P4: the chain and the schema make different databases', catalogueDifferences(expected, fromSchema));
    const upgrades: Attestation['proofs']['P3'] = [];
    for await (const upgrade of upgradePopulated(server, migrations)) {
      const { from, before, writer, catalogue } = upgrade;
      refuse(`P3: rows changed on the way from ${from}`, changedTables(upgrade));
      refuse(`P3: the writer failed on the way from ${from}`, writer.errors);
      refuse(`P4: the database that came from ${from} differs`, catalogueDifferences(expected, catalogue));
      const rows = before.reduce((sum, table) => sum + table.rows, 0);
      upgrades.push({
        from,
        tables: before.length,
        rows,
        writerCommits: writer.commits,
        writerRetries: writer.retries,
      });
    }
    return {
      postgres: await withClient(fresh, async (client) => {
        const { rows } = await client.query<{ server_version: string }>('show server_version');
        return rows[0]?.server_version ?? '';
      }),
      migrations: migrations.map(({ idx, tag, sha256 }) => ({ idx, tag, sha256 })),
      proofs: {
        P1: 'each snapshot keeps all of the one before',
        P2: 'each statement is on the allow-list',
        P3: upgrades,
        P4: { catalogueLines: expected.length, chain: 'equal', schema: 'equal' },
      },
    };
  } finally {
    await server.dispose();
  }
}
