import type { MigrationFile } from './apply-file.ts';
import { readCatalogue } from './catalogue.ts';
import { fillTables } from './fill-tables.ts';
import { migrate } from './migrate.ts';
import { startReleaseWriter, type WriterReport } from './release-writer.ts';
import { type ScratchServer, withClient } from './scratch-database.ts';
import { markRows, type TableSum } from './table-checksums.ts';
import { readTableShapes, type TableShape } from './table-shape.ts';

const ROWS_PER_TABLE = 50;

/** What became of one database that stood at an earlier file of the chain. */
export interface Upgrade {
  /** The tag of the file it stood at. */
  from: string;
  before: TableSum[];
  after: TableSum[];
  writer: WriterReport;
  catalogue: string[];
}

/**
 * Proof P3: for every earlier file of the chain a database full of rows is brought to its end while a Worker of that file's
 * release goes on writing. Rows are compared before reconcile, whose work is to change some of them.
 */
export async function* upgradePopulated(
  server: ScratchServer,
  files: readonly MigrationFile[],
): AsyncGenerator<Upgrade> {
  const growing = await server.create();
  for (const [position, file] of files.slice(0, -1).entries()) {
    await advance(growing, files.slice(0, position + 1));
    yield await upgrade(await server.create(growing), file.tag, files);
  }
}

/** The rows of a table that are not as they were. */
export function changedTables({ before, after }: Upgrade): string[] {
  const sums = new Map(after.map((sum) => [sum.table, sum]));
  return before.flatMap(({ table, rows, checksum }) => {
    const now = sums.get(table);
    return now?.rows === rows && now.checksum === checksum
      ? []
      : [`${table}: ${rows} rows became ${now?.rows ?? 0}, or others`];
  });
}

/** Applies the next file and fills what it brought: its new tables, and older ones once more where they gained columns. */
async function advance(url: string, files: readonly MigrationFile[]): Promise<void> {
  await withClient(url, async (client) => {
    const before = new Map((await readTableShapes(client)).map((table) => [table.name, table.columns.length]));
    await migrate({ databaseUrl: url, files, reconcile: false });
    const grown = (table: TableShape) => before.get(table.name) !== table.columns.length;
    await client.query('set search_path = public');
    await fillTables(client, grown, ROWS_PER_TABLE);
  });
}

async function upgrade(url: string, from: string, files: readonly MigrationFile[]): Promise<Upgrade> {
  return withClient(url, async (client) => {
    const { tables, sums } = await markRows(client);
    const before = await sums();
    const writer = await startReleaseWriter(
      url,
      tables.map(({ name }) => name),
    );
    try {
      await migrate({ databaseUrl: url, files, reconcile: false });
      const after = await sums();
      await migrate({ databaseUrl: url, files });
      return { from, before, after, writer: await writer.stop(), catalogue: await readCatalogue(client) };
    } finally {
      await writer.stop();
    }
  });
}
