import { ServiceError } from '#schema/errors.ts';
import type { Also } from '#services/directory/change-record.ts';
import type { RecordRow } from '#services/directory/record-kind.ts';
import type { LoadedRoot, RootWrite } from '#services/kernel/change.ts';
import { qb, statement } from '#services/kernel/query.ts';
import { decideLine, type LineResult, noneClaimed } from './decide-line.ts';
import type { AnyLine, ImportMode, KnownFacts, LineKind, Making } from './line-kind.ts';

export interface LineOutcome {
  state: 'ok' | 'unchanged' | 'refused';
  code: string | null;
  reason: string | null;
  resultId: string | null;
}

type Done<Row> = Extract<LineResult<Row>, { state: 'ok' }>;

/**
 * The lines of one commit, each by itself, written in a handful of statements. It ends before a line that is about what an
 * earlier one has changed: that line finds it in the next commit, as if all came one by one.
 */
export function decideChunk<Line extends AnyLine, Row extends RecordRow, Facts extends KnownFacts<Row>>(
  kind: LineKind<Line, Row, Facts>,
  lines: readonly (Line | ServiceError)[],
  mode: ImportMode,
  facts: Facts,
  by: Making,
): { outcomes: LineOutcome[]; also: Also } {
  const claimed = noneClaimed();
  const outcomes: LineOutcome[] = [];
  const done: Done<Row>[] = [];
  for (const line of lines) {
    const result = attempt(line, (read) => decideLine(kind, read, mode, facts, claimed, by));
    if (result === undefined) break;
    if (result instanceof ServiceError) {
      outcomes.push({ state: 'refused', code: result.code, reason: result.reason ?? null, resultId: null });
      continue;
    }
    const { row, parts } = result.known;
    // A login that leaves another contact touches that one too.
    const touching = result.state === 'ok' ? updatedBy(result.also) : [];
    if (touching.some((id) => claimed.ids.has(id))) break;
    for (const id of touching) claimed.ids.add(id);
    outcomes.push({ state: result.state, code: null, reason: null, resultId: row.id });
    if (result.state === 'unchanged') continue;
    claimed.ids.add(row.id);
    for (const { value } of parts) claimed.values.set(value, row.id);
    if (row.externalId !== null) claimed.externalIds.add(row.externalId);
    done.push(result);
  }
  return { outcomes, also: written(kind.record, done) };
}

const updatedBy = ({ roots = [] }: Also): string[] =>
  roots.flatMap((root) => (root.kind === 'update' ? [root.loaded.id] : []));

function attempt<Line, Result>(
  line: Line | ServiceError,
  decide: (line: Line) => Result | undefined,
): Result | ServiceError | undefined {
  if (line instanceof ServiceError) return line;
  try {
    return decide(line);
  } catch (error) {
    if (error instanceof ServiceError) return error;
    throw error;
  }
}

/** New records in one insert, changed ones in one update, new addresses or domains in one insert. */
function written<Row extends RecordRow>(
  { table, parts, noun }: LineKind<AnyLine, Row, KnownFacts<Row>>['record'],
  done: readonly Done<Row>[],
): Also {
  const inserted = done.filter(({ before }) => before === null);
  const each: { loaded: LoadedRoot; set: Record<string, unknown> }[] = [];
  const others: RootWrite[] = [];
  for (const { also } of done) {
    for (const root of also.roots ?? []) {
      if (root.kind === 'insert' && root.table === table) continue;
      if (root.kind === 'update' && root.table === table) each.push(root);
      else others.push(root);
    }
  }
  const rows = inserted.map(({ known }) => known.row as Row & Record<string, unknown>);
  const values = inserted.flatMap(({ known: { row, parts: own } }) => own.map((part) => parts.stored(row.id, part)));
  return {
    holds: done.flatMap(({ also }) => also.holds ?? []),
    roots: [
      ...(rows.length === 0 ? [] : [{ kind: 'inserts' as const, table, rows }]),
      ...(each.length === 0 ? [] : [{ kind: 'each' as const, table, what: `${noun}s`, each }]),
      ...others,
    ],
    writes: [
      ...(values.length === 0 ? [] : [statement(qb.insert(parts.table).values(values as never))]),
      // What is in the one insert above stands first in what makes a new record.
      ...done.flatMap(({ also, before, known }) =>
        (also.writes ?? []).slice(before === null && known.parts.length > 0 ? 1 : 0),
      ),
    ],
    events: done.flatMap(({ also }) => also.events ?? []),
  };
}
