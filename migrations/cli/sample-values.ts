import { nodesOf, parseExpression } from './statements.ts';
import type { ColumnShape, TableShape } from './table-shape.ts';

/** Texts of the shapes that checks ask for; most differ with the number of the row. */
const TEXTS = [
  `'x' || row_no`,
  `'x_' || row_no`,
  `'x.y' || row_no`,
  `'x.' || translate(row_no::text, '0123456789', 'abcdefghij')`,
  `'x' || row_no || '.example'`,
  `'x' || row_no || '@example.com'`,
  `'https://example.com/' || row_no`,
  `'#' || lpad(to_hex(row_no), 6, '0')`,
  `encode(sha256(convert_to(row_no::text, 'UTF8')), 'hex')`,
  `chr(65 + row_no % 26) || chr(65 + row_no / 26 % 26)`,
  `chr(65 + row_no % 26) || chr(65 + row_no / 26 % 26) || chr(65 + row_no / 676 % 26)`,
  `'m1.' || rpad(row_no::text, 40, 'A')`,
  `(array['public', 'internal', 'shared_team'])[1 + row_no % 3] || (array['.full', '.thin'])[1 + row_no % 2]`,
  `'UTC'`,
  `'en'`,
];
const MOST_LENGTH = 2000;

/**
 * SQL expressions over the row number `row_no` that are worth trying in a column: values of its type, and those that the checks
 * on it mention, which are its value set, its bounds and its lengths.
 */
export function sampleValues(column: ColumnShape, table: TableShape): string[] {
  const constants = constantsOf(column.name, table);
  const own = column.default === null ? [] : [`(${column.default})::${column.type}`];
  return [...own, ...valuesOf(column.type, constants).map((value) => `(${value})::${column.type}`)];
}

interface Constants {
  texts: string[];
  integers: number[];
}

function valuesOf(type: string, { texts, integers }: Constants): string[] {
  const element = /^(.*)\[\]$/.exec(type)?.[1];
  if (element !== undefined) {
    const some = valuesOf(element, { texts, integers: [] }).map((value) => `array[(${value})::${element}]`);
    const lengths = integers.filter((count) => count <= MOST_LENGTH && count > 0);
    const first = valuesOf(element, { texts, integers: [] })[0] ?? 'null';
    return [`'{}'`, ...some, ...lengths.map((count) => `array_fill((${first})::${element}, array[${count}])`)];
  }
  const lengths = integers.filter((length) => length > 0 && length <= MOST_LENGTH);
  const bounds = integers.flatMap((bound) => [bound - 1, bound, bound + 1]);
  if (type === 'text') {
    const likes = texts
      .filter((text) => text.includes('%'))
      .map((text) => `${literal(text.replaceAll('%', 'x'))} || row_no`);
    return [
      ...TEXTS,
      ...texts.map(literal),
      ...likes,
      ...lengths.map((length) => `rpad('x' || row_no, ${length}, 'x')`),
    ];
  }
  if (type === 'uuid')
    return [...texts.filter((text) => /^[0-9a-f-]{36}$/.test(text)).map(literal), `md5('x' || row_no)`];
  if (/^(bigint|numeric)/.test(type)) return ['row_no', '0', ...bounds.map(String)];
  if (type === 'integer') return ['row_no', '0', ...bounds.filter((value) => Math.abs(value) < 2 ** 31).map(String)];
  if (type === 'smallint')
    return ['row_no % 1000', '0', ...bounds.filter((value) => Math.abs(value) < 2 ** 15).map(String)];
  if (/^(real|double)/.test(type)) return ['row_no', '0.5', ...bounds.map(String)];
  if (type === 'boolean') return ['true', 'false'];
  if (type === 'jsonb')
    return [`'{}'`, `'[]'`, `jsonb_build_object('x', row_no)`, `jsonb_build_array(jsonb_build_object('x', row_no))`];
  if (type === 'bytea')
    return [32, 64, ...lengths].map(
      (length) => `substring(decode(repeat(md5('x' || row_no), 128), 'hex') for ${length})`,
    );
  if (type === 'date') return [`date '2026-01-01' + row_no`];
  if (type.startsWith('timestamp')) {
    return [0, 1, 2, 3].map(
      (day) => `timestamptz '2026-01-01' + row_no * interval '1 hour' + ${day} * interval '1 day'`,
    );
  }
  if (type === 'inet' || type === 'cidr') return [`inet '10.0.0.0' + row_no`];
  if (type === 'tsvector') return [`to_tsvector('simple', 'x' || row_no)`];
  throw new Error(`no sample values for a column of type ${type}`);
}

function constantsOf(column: string, table: TableShape): Constants {
  const found: Constants = { texts: [], integers: [] };
  for (const check of table.checks) {
    if (!check.columns.includes(column)) continue;
    for (const constant of nodesOf(parseExpression(check.expression), 'A_Const')) {
      if (constant.sval !== undefined) found.texts.push(constant.sval.sval ?? '');
      if (constant.ival !== undefined) found.integers.push(constant.ival.ival ?? 0);
    }
  }
  return { texts: [...new Set(found.texts)], integers: [...new Set(found.integers)] };
}

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
