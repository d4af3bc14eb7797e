import type * as z from 'zod';
import type { FieldDefinition } from '#services/custom-fields/field-definition.ts';
import type { Also } from '#services/directory/change-record.ts';
import type { Known, RecordKind, RecordRow } from '#services/directory/record-kind.ts';
import type { Owner } from '#services/directory/record-queries.ts';
import type { Statement } from '#services/kernel/query.ts';
import type { Deciding } from '#services/kernel/verb.ts';

export type ImportMode = 'create' | 'upsert';
export type Making = Pick<Deciding, 'now' | 'ids'>;

/** What a line of either kind says of itself. */
export interface AnyLine {
  externalId?: string | null | undefined;
  attributes: Record<string, unknown>;
}

/** What deciding the lines of a chunk needs, whatever they are about. */
export interface KnownFacts<Row> {
  found: Known<Row>[];
  called: { key: string; id: Row extends { id: infer Id } ? Id | null : never }[];
  /** Who has the addresses or domains by now. */
  owners: Owner[];
  fields: FieldDefinition[];
}

/** How lines about contacts and about organisations differ. */
export interface LineKind<Line extends AnyLine, Row extends RecordRow, Facts extends KnownFacts<Row>> {
  record: RecordKind<Row, unknown>;
  schema: z.ZodType<Line>;
  /** Columns of a CSV beside `attributes.<key>`: each a field, or one of a list. */
  columns: { plain: ReadonlySet<string>; list: RegExp; json: readonly string[] };
  /** All that the lines need, in as many statements for five hundred as for one. */
  load(lines: readonly Line[]): { [K in keyof Facts]: Statement<Facts[K]> };
  /** Its addresses or domains, normalized. @throws ServiceError invalid_request. */
  valuesOf(line: Line): string[];
  /** A new one. `values` are free. */
  make(line: Line, values: readonly string[], facts: Facts, by: Making): { known: Known<Row>; also: Also };
  /** Other fields of a live one, which gets `coming` too. */
  edit(live: Known<Row>, line: Line, coming: readonly string[], facts: Facts): { row: Row; also: Also };
  /** What follows from addresses that came. */
  follow(after: Known<Row>, facts: Facts, by: Making): Also;
}
