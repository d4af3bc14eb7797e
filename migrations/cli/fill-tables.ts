import type { ClientBase } from 'pg';
import { sampleValues } from './sample-values.ts';
import { type ColumnShape, type ForeignKeyShape, readTableShapes, type TableShape } from './table-shape.ts';

/** How often the rows that break a check are drawn anew, and how many are drawn for one that is wanted. */
const ROUNDS = 60;
const SURPLUS = 2;

/**
 * Puts rows into tables by what the catalogue says of them: values are drawn from samples of each type, rows that break a
 * check are drawn anew in the columns it names, foreign keys point at rows that are there. Targets come before the tables
 * that point at them. What is drawn is the same each time. Answers how many rows each table got.
 */
export async function fillTables(
  client: ClientBase,
  wanted: (table: TableShape) => boolean,
  rows: number,
): Promise<Map<string, number>> {
  await client.query('select setseed(0.5)');
  const tables = byDependence(await readTableShapes(client));
  const filled = new Map<string, number>();
  for (const table of tables) {
    if (!wanted(table)) continue;
    let total = 0;
    for (let added = 1; added > 0 && total < rows; total += added) added = await fillTable(client, table, rows);
    filled.set(table.name, total);
  }
  return filled;
}

/** Adds about so many rows to one table, fewer when its checks or keys allow no more. Answers how many. */
export async function fillTable(client: ClientBase, table: TableShape, rows: number): Promise<number> {
  const counted = await client.query<{ count: number }>(`select count(*)::int from ${quoted(table.name)}`);
  const first = (counted.rows[0]?.count ?? 0) + 1;
  const values = await usableValues(client, table);
  const drawn = new Map([...values].map(([name, samples]) => [name, oneOf(samples)]));
  for (const { name, value } of await references(client, table)) drawn.set(name, value);
  const nullable = (name: string) => table.columns.find((column) => column.name === name)?.notNull === false;
  const draw = (name: string) => {
    const value = drawn.get(name) ?? 'null';
    return nullable(name) ? `case when random() < 0.5 then ${value} end` : value;
  };
  const columns = [...drawn.keys()];
  const list = columns.map(quoted).join(', ');
  const repair = table.checks.map(({ columns: named, expression }) => {
    const again = named.filter((name) => drawn.has(name)).map((name) => `${quoted(name)} = ${draw(name)}`);
    return again.length === 0
      ? ''
      : `update candidate set ${again.join(', ')} where not (${expression}); changed := changed or found;`;
  });
  const sound = table.checks.map(({ expression }) => `(${expression}) is not false`).join(' and ') || 'true';
  await client.query(`
    create temp table candidate (like public.${quoted(table.name)}, row_no integer);
    ${table.columns
      .filter(({ notNull }) => notNull)
      .map(({ name }) => `alter table candidate alter column ${quoted(name)} drop not null;`)
      .join('\n')}
    insert into candidate (${[...columns.map(quoted), 'row_no'].join(', ')})
      select ${[...columns.map(draw), 'row_no'].join(', ')} from generate_series(${first}, ${first + rows * SURPLUS - 1}) row_no;
    do $$ #variable_conflict use_column
    declare changed boolean; begin
      for round in 1..${ROUNDS} loop
        changed := false;
        ${repair.join('\n')}
        exit when not changed;
      end loop;
    end $$;`);
  const { rowCount } = await client.query(
    `with sound as (select ${list || 'row_no'} from candidate where ${sound} order by row_no)
     insert into public.${quoted(table.name)} (${list}) select ${list} from sound on conflict do nothing`,
  );
  await client.query('drop table candidate');
  return rowCount ?? 0;
}

/** Of the samples of each column those that the checks on it alone let pass. A column that fills itself is left out. */
async function usableValues(client: ClientBase, table: TableShape): Promise<Map<string, string[]>> {
  const samples = new Map(
    table.columns.filter(takesValues(table)).map((column) => [column.name, sampleValues(column, table)]),
  );
  const trials = [...samples].flatMap(([name, values]) => {
    const own = table.checks.filter(({ columns }) => columns.length === 1 && columns[0] === name);
    const sound = own.map(({ expression }) => `(${expression}) is not false`).join(' and ') || 'true';
    return values.map(
      (value, place) =>
        `select '${name}' as name, ${place} as place, ${sound} as sound from (select ${value} as ${quoted(name)} from (values (7)) seven (row_no)) one`,
    );
  });
  if (trials.length === 0) return samples;
  const { rows } = await client.query<{ name: string; place: number }>(
    `select name, place from (${trials.join(' union all ')}) trial where sound order by name, place`,
  );
  return new Map(
    [...samples].map(([name, values]) => {
      const sound = rows.filter((row) => row.name === name).map(({ place }) => values[place] ?? 'null');
      const varied = table.unique.includes(name) ? sound.filter((value) => /row_no|uuidv7/.test(value)) : [];
      return [name, varied.length > 0 ? varied : sound];
    }),
  );
}

const takesValues =
  (table: TableShape) =>
  (column: ColumnShape): boolean => {
    if (column.kind !== '') return false;
    const pointing = table.foreignKeys.some(({ columns }) => columns.includes(column.name));
    const checked = table.checks.some(({ columns }) => columns.includes(column.name));
    return !pointing && (column.default === null || checked || column.type === 'boolean');
  };

/** A row points at the row of the same number of its target, so keys that share columns meet in one row of theirs. */
async function references(client: ClientBase, table: TableShape): Promise<{ name: string; value: string }[]> {
  const found = new Map<string, string>();
  const seen = new Map<string, number>();
  for (const key of table.foreignKeys) {
    const shift = seen.get(key.target) ?? 0;
    seen.set(key.target, shift + 1);
    const { rows } = await client.query<{ count: number }>(`select count(*)::int from public.${quoted(key.target)}`);
    const count = rows[0]?.count ?? 0;
    for (const [place, name] of key.columns.entries()) {
      if (!found.has(name))
        found.set(name, count === 0 ? `null::${typeOf(table, name)}` : referenced(key, place, count, shift));
    }
  }
  return [...found].map(([name, value]) => ({ name, value }));
}

const referenced = (key: ForeignKeyShape, place: number, count: number, shift: number): string =>
  `(select ${quoted(key.targetColumns[place] ?? '')} from public.${quoted(key.target)} order by ctid offset (row_no - 1 + ${shift}) % ${count} limit 1)`;

const oneOf = (values: readonly string[]): string =>
  values.length < 2
    ? (values[0] ?? 'null')
    : `case floor(random() * ${values.length})::int ${values.map((value, place) => `when ${place} then ${value}`).join(' ')} end`;

const typeOf = (table: TableShape, name: string): string =>
  table.columns.find((column) => column.name === name)?.type ?? 'text';

const quoted = (name: string): string => `"${name}"`;

/** A table that must point at another comes after it; where it may also point at nothing, the order is free. */
function byDependence(tables: readonly TableShape[]): TableShape[] {
  const sorted: TableShape[] = [];
  const waiting = new Set(tables);
  const isReady = (table: TableShape, strict: boolean) =>
    table.foreignKeys.every(({ columns, target }) => {
      const must = strict || columns.every((name) => table.columns.find((column) => column.name === name)?.notNull);
      return !must || target === table.name || ![...waiting].some(({ name }) => name === target);
    });
  while (waiting.size > 0) {
    const next =
      [...waiting].find((table) => isReady(table, true)) ?? [...waiting].find((table) => isReady(table, false));
    if (next === undefined)
      throw new Error(`tables that must point at each other: ${[...waiting].map(({ name }) => name).join(', ')}`);
    waiting.delete(next);
    sorted.push(next);
  }
  return sorted;
}
