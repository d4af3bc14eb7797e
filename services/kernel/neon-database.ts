import { type Database, DatabaseUnreachable, readAll, toSend } from './database.ts';
import { encodeParam, parserOf } from './postgres-text.ts';
import type { RawResult, Statement } from './query.ts';

/** What a batch may take before the caller is told to come again. */
const BATCH_MS = 10_000;

interface NeonResult {
  fields: { name: string; dataTypeID: number }[];
  rows: (string | null)[][];
  rowCount: number | null;
}

/**
 * The database port over Neon's HTTP protocol: one POST is one transaction. It speaks as `@neondatabase/serverless` does,
 * which the tests hold it to, at a fiftieth of that driver's size in the Worker.
 * `fetchEndpoint` points at a local stand-in; without it, at the API host of the database's own region.
 */
export function neonDatabase(options: {
  url: string;
  fetchEndpoint?: string | undefined;
  clock: () => number;
}): Database {
  const endpoint = options.fetchEndpoint ?? apiEndpoint(options.url);
  const spent = { trips: 0, statements: 0, milliseconds: 0 };
  return {
    spent,
    async batch(statements, mode) {
      const sent = toSend(statements);
      if (sent.length === 0) return readAll(statements, []);
      const started = options.clock();
      spent.trips += 1;
      spent.statements += sent.length;
      const headers = {
        'Neon-Connection-String': options.url,
        'Neon-Raw-Text-Output': 'true',
        'Neon-Array-Mode': 'true',
        'Neon-Batch-Isolation-Level': mode.kind === 'commit' ? 'ReadCommitted' : 'RepeatableRead',
        'Neon-Batch-Read-Only': String(mode.kind === 'load'),
      };
      const results = await post(endpoint, headers, sent).catch((cause: unknown) => {
        if (cause instanceof Error && 'severity' in cause) throw cause;
        throw new DatabaseUnreachable(mode.kind === 'commit', cause);
      });
      spent.milliseconds += options.clock() - started;
      return readAll(statements, results.map(parsed));
    },
  };
}

async function post(
  endpoint: string,
  headers: Record<string, string>,
  statements: readonly Statement[],
): Promise<NeonResult[]> {
  const queries = statements.map(({ text, params }) => ({ query: text, params: params.map(encodeParam) }));
  const response = await fetch(endpoint, {
    method: 'POST',
    headers,
    body: JSON.stringify({ queries }),
    signal: AbortSignal.timeout(BATCH_MS),
  });
  if (response.ok) return ((await response.json()) as { results: NeonResult[] }).results;
  if (response.status !== 400)
    throw new Error(`the database answered HTTP ${response.status}: ${await response.text()}`);
  const { message, ...fields } = (await response.json()) as { message: string } & Record<string, unknown>;
  throw Object.assign(new Error(message), { ...fields, name: 'PostgresError', severity: fields.severity ?? 'ERROR' });
}

function parsed({ fields, rows, rowCount }: NeonResult): RawResult {
  const parsers = fields.map(({ dataTypeID }) => parserOf(dataTypeID));
  return {
    fields,
    rowCount,
    rows: rows.map((row) =>
      row.map((text, at) => (text === null ? null : (parsers[at] as (text: string) => unknown)(text))),
    ),
  };
}

/** Neon serves SQL over HTTP at `api.` of the region: the first label of the database's host replaced. */
const apiEndpoint = (url: string): string => `https://${new URL(url).hostname.replace(/^[^.]+\./, 'api.')}/sql`;
