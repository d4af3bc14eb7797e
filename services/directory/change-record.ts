import { sql } from 'drizzle-orm';
import { idToUuid } from '#schema/ids.ts';
import type { Permit } from '#services/access/permit.ts';
import {
  type Change,
  change,
  type Decision,
  type EventDraft,
  type RootWrite,
  unchanged,
} from '#services/kernel/change.ts';
import { auditChanges, type FieldChange } from '#services/kernel/field-changes.ts';
import { qb, run, type Statement, statement } from '#services/kernel/query.ts';
import type { Known, Part, RecordKind, RecordRow, Telling } from './record-kind.ts';

/** What else a verb writes in the same commit. */
export type Also = Partial<Pick<Change<unknown>, 'holds' | 'roots' | 'writes' | 'events' | 'wakes'>>;

/** The writes and tellings that make one state of a record from another; what nothing differs in has none. */
export interface RecordChange<Row> {
  after: Known<Row>;
  changes: FieldChange[];
  roots: RootWrite[];
  writes: Statement[];
}

/** The one comparison that version, audit and event are made from. */
export function diffRecord<Row extends RecordRow, Wire>(
  kind: RecordKind<Row, Wire>,
  before: Known<Row>,
  wanted: Known<Row>,
  now: Date,
): RecordChange<Row> {
  const changes: FieldChange[] = kind.fields
    .map((field) => ({ field, from: plain(before.row[field]), to: plain(wanted.row[field]) }))
    .filter(({ from, to }) => JSON.stringify(from) !== JSON.stringify(to));
  const [from, to] = [before.parts, wanted.parts].map((parts) => parts.map(toldPart));
  if (JSON.stringify(from) !== JSON.stringify(to)) changes.push({ field: kind.parts.name, from, to });
  if (changes.length === 0) return { after: before, changes, roots: [], writes: [] };
  const row: Row = { ...wanted.row, ...kind.named(wanted), version: before.row.version + 1, updatedAt: now };
  const set = Object.fromEntries(
    [...kind.fields, 'sortName', 'searchText', 'version'].map((field) => [field, row[field as keyof Row]]),
  );
  return {
    after: { row, parts: wanted.parts },
    changes,
    roots: [{ kind: 'update', table: kind.table, what: kind.noun, loaded: before.row, set }],
    writes: partWrites(kind, before, wanted),
  };
}

/** A change of one record by a person or key, or nothing where it is so already. */
export function changeRecord<Row extends RecordRow, Wire, Output>(
  kind: RecordKind<Row, Wire>,
  asked: {
    permit: Permit;
    before: Known<Row>;
    after: Known<Row>;
    now: Date;
    telling?: Exclude<Telling, 'created'>;
    also?: Also;
    /** How the audit calls it, where it is no plain change of the record. */
    audited?: { action: string; changes: Record<string, unknown> };
    answer(after: Known<Row>): Output;
  },
): Decision<Output> {
  const { telling = 'updated', also = {} } = asked;
  const { after, changes, roots, writes } = diffRecord(kind, asked.before, asked.after, asked.now);
  if (changes.length === 0 && Object.keys(also).length === 0) return unchanged(asked.permit, asked.answer(after));
  const told = toldChanges(kind, changes);
  return change<Output>({
    permit: asked.permit,
    answer: asked.answer(after),
    holds: also.holds ?? [],
    roots: [...(changes.length === 0 ? [touched(kind, asked.before)] : roots), ...(also.roots ?? [])],
    writes: [...writes, ...(also.writes ?? [])],
    audit: {
      action: asked.audited?.action ?? `${kind.noun}.${telling}`,
      target: { type: kind.noun, id: after.row.id, ...labelled(after.row.name) },
      changes: { ...auditChanges(told), ...asked.audited?.changes },
    },
    events: [...(changes.length === 0 ? [] : tellingsOf(kind, telling, after, told)), ...(also.events ?? [])],
    wakes: also.wakes ?? [],
  });
}

/** What is told of a change: of a record that comes back with other fields, that they are others too. */
export function tellingsOf<Row extends RecordRow, Wire>(
  kind: RecordKind<Row, Wire>,
  telling: Exclude<Telling, 'created'>,
  after: Known<Row>,
  told: FieldChange[],
): EventDraft[] {
  const edited = told.some(({ field }) => field !== 'archivedAt' && field !== kind.parts.name);
  const also = telling === 'unarchived' && edited ? [kind.event('updated', after, told)] : [];
  return [kind.event(telling, after, told), ...also];
}

/** A root whose children change and itself does not. */
export const touched = <Row extends RecordRow, Wire>(
  { table, noun }: RecordKind<Row, Wire>,
  { row }: Known<Row>,
): RootWrite => ({ kind: 'update', table, what: noun, loaded: row, set: { updatedAt: row.updatedAt } });

/** A new record with its parts. */
export const insertRecord = <Row extends RecordRow, Wire>(
  kind: RecordKind<Row, Wire>,
  { row, parts }: Known<Row>,
): Pick<Change<unknown>, 'roots' | 'writes' | 'events'> => ({
  roots: [{ kind: 'insert', table: kind.table, row: row as Row & Record<string, unknown> }],
  writes: insertParts(kind, row.id, parts),
  events: [kind.event('created', { row, parts }, [])],
});

export const labelled = (name: string | null): { label?: string } => (name === null ? {} : { label: name });

export const toldChanges = <Row extends RecordRow, Wire>(
  { untold }: RecordKind<Row, Wire>,
  changes: readonly FieldChange[],
): FieldChange[] =>
  changes.map((each) => (untold.includes(each.field) ? { field: each.field, from: null, to: null } : each));

const plain = (value: unknown): unknown => (value instanceof Date ? value.toISOString() : value);

const toldPart = ({ value, isPrimary, active, verifiedAt }: Part) => ({
  value,
  isPrimary,
  active,
  verified: verifiedAt !== null,
});

const insertParts = <Row extends RecordRow, Wire>(
  { parts: { table, stored } }: RecordKind<Row, Wire>,
  ownerId: Row['id'],
  parts: readonly Part[],
): Statement[] =>
  parts.length === 0 ? [] : [statement(qb.insert(table).values(parts.map((part) => stored(ownerId, part)) as never))];

/** At most four statements. Primaries are unset first: there is never a second one, not even within a statement. */
function partWrites<Row extends RecordRow, Wire>(
  kind: RecordKind<Row, Wire>,
  before: Known<Row>,
  after: Known<Row>,
): Statement[] {
  const table = sql.raw(kind.parts.sqlName);
  const old = new Map(before.parts.map((part) => [part.id, part]));
  const kept = after.parts.filter(({ id }) => old.has(id));
  const gone = before.parts.filter(({ id }) => !kept.some((part) => part.id === id));
  const edited = kept.filter((part) => JSON.stringify(part) !== JSON.stringify(old.get(part.id)));
  const demoted = edited.filter((part) => !part.isPrimary && old.get(part.id)?.isPrimary);
  const added = after.parts.filter(({ id }) => !old.has(id));
  const ids = (parts: readonly Part[]) => sql`${sql.param(parts.map(({ id }) => idToUuid(id)))}::uuid[]`;
  const verified = kind.parts.verifiable ? sql`, verified_at = v.verified` : sql``;
  const states = edited.map((part) => ({
    id: idToUuid(part.id),
    primary: part.isPrimary,
    active: part.active,
    verified: part.verifiedAt,
  }));
  return [
    ...(gone.length === 0 ? [] : [run(sql`delete from ${table} where id = any (${ids(gone)})`)]),
    ...(demoted.length === 0
      ? []
      : [run(sql`update ${table} set is_primary = false where id = any (${ids(demoted)})`)]),
    ...(edited.length === 0
      ? []
      : [
          run(sql`update ${table} p set is_primary = v."primary", active = v.active${verified}
            from jsonb_to_recordset(${JSON.stringify(states)}::jsonb) as v (id uuid, "primary" boolean, active boolean, verified timestamptz)
            where p.id = v.id`),
        ]),
    ...insertParts(kind, after.row.id, added),
  ];
}
