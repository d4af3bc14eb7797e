import { ServiceError } from '#schema/errors.ts';
import { newId } from '#schema/ids.ts';
import { type Also, diffRecord, tellingsOf, toldChanges } from '#services/directory/change-record.ts';
import type { Known, RecordRow } from '#services/directory/record-kind.ts';
import { partTaken, requireChangeable, tooMany } from '#services/directory/require-record.ts';
import { revived, withPrimary } from '#services/directory/revived.ts';
import type { AnyLine, ImportMode, KnownFacts, LineKind, Making } from './line-kind.ts';

/** What a line comes to. */
export type LineResult<Row> =
  | { state: 'ok'; known: Known<Row>; also: Also; before: Known<Row> | null }
  | { state: 'unchanged'; known: Known<Row> };

/** What the lines before it in the same commit have made: whoever names that waits for the next commit. */
export interface Claimed {
  ids: Set<string>;
  /** Address or domain → who has it. */
  values: Map<string, string>;
  externalIds: Set<string>;
}

export const noneClaimed = (): Claimed => ({ ids: new Set(), values: new Map(), externalIds: new Set() });

/**
 * One line decided as the operation on one record decides it. `undefined`: it is about something that a line before it in
 * this commit has changed. @throws ServiceError as creating and upserting do.
 */
export function decideLine<Line extends AnyLine, Row extends RecordRow, Facts extends KnownFacts<Row>>(
  kind: LineKind<Line, Row, Facts>,
  line: Line,
  mode: ImportMode,
  facts: Facts,
  claimed: Claimed,
  by: Making,
): LineResult<Row> | undefined {
  const values = [...new Set(kind.valuesOf(line))];
  if (mode === 'create') {
    requireNew(kind, line, values, facts, claimed);
    return { state: 'ok', before: null, ...kind.make(line, values, facts, by) };
  }
  const found = foundBy(line, values, facts);
  const isClaimed =
    (found !== undefined && claimed.ids.has(found.row.id)) ||
    values.some((value) => claimed.values.has(value)) ||
    (line.externalId != null && claimed.externalIds.has(line.externalId));
  if (isClaimed) return undefined;
  if (found === undefined) return { state: 'ok', before: null, ...kind.make(line, values, facts, by) };
  return changed(kind, found, line, values, facts, by);
}

/** By external id, else by the first address or domain that somebody has; a live record before an archived one. */
function foundBy<Row extends RecordRow>(
  { externalId }: AnyLine,
  values: readonly string[],
  facts: KnownFacts<Row>,
): Known<Row> | undefined {
  const called = externalId == null ? null : facts.called.find(({ key }) => key === externalId)?.id;
  if (called != null) return facts.found.find(({ row }) => row.id === called);
  const having = (value: string, active: boolean) =>
    facts.found
      .filter(({ parts }) => parts.some((part) => part.value === value && part.active === active))
      .toSorted((a, b) => (b.row.archivedAt?.getTime() ?? 0) - (a.row.archivedAt?.getTime() ?? 0))[0];
  for (const active of [true, false]) {
    const [known] = values.map((value) => having(value, active)).filter((each) => each !== undefined);
    if (known !== undefined) return known;
  }
  return undefined;
}

function requireNew<Row extends RecordRow>(
  { record }: { record: LineKind<AnyLine, Row, KnownFacts<Row>>['record'] },
  { externalId }: AnyLine,
  values: readonly string[],
  facts: KnownFacts<Row>,
  claimed: Claimed,
): void {
  for (const value of values) {
    const ownerId = facts.owners.find((owner) => owner.value === value)?.ownerId ?? claimed.values.get(value);
    if (ownerId !== undefined) throw partTaken(record, { value, ownerId });
  }
  if (externalId == null) return;
  const isLive = facts.found.some(({ row }) => row.externalId === externalId && row.archivedAt === null);
  if (isLive || claimed.externalIds.has(externalId))
    throw new ServiceError('conflict', `Another ${record.noun} has this external id.`, { reason: 'name_taken' });
}

function changed<Line extends AnyLine, Row extends RecordRow, Facts extends KnownFacts<Row>>(
  kind: LineKind<Line, Row, Facts>,
  found: Known<Row>,
  line: Line,
  values: readonly string[],
  facts: Facts,
  by: Making,
): LineResult<Row> {
  const { record } = kind;
  requireChangeable(found.row);
  const archived = found.row.archivedAt !== null;
  const taken = facts.owners.filter(({ ownerId }) => ownerId !== found.row.id);
  const live = archived
    ? revived(
        found,
        taken.map(({ value }) => value),
      )
    : found;
  const coming = values.filter((value) => !live.parts.some((part) => part.value === value));
  const [other] = taken.filter(({ value }) => coming.includes(value));
  if (other !== undefined) throw partTaken(record, other);
  const { most, name, prefix } = record.parts;
  if (live.parts.length + coming.length > most) throw tooMany(`One ${record.noun} has at most ${most} ${name}.`);
  const added = coming.map((value) => ({
    id: newId(by.ids, prefix),
    value,
    isPrimary: false,
    active: true,
    verifiedAt: null,
    createdAt: by.now,
  }));
  const { row: wanted, also } = kind.edit(live, line, coming, facts);
  const parts = coming.length === 0 ? live.parts : withPrimary([...live.parts, ...added]);
  const { after, changes, roots, writes } = diffRecord(record, found, { row: wanted, parts }, by.now);
  if (changes.length === 0) return { state: 'unchanged', known: found };
  const telling = archived ? 'unarchived' : 'updated';
  const follows = archived || coming.length > 0 ? kind.follow(after, facts, by) : {};
  return {
    state: 'ok',
    known: after,
    before: found,
    also: {
      holds: [...(also.holds ?? []), ...(follows.holds ?? [])],
      roots: [...roots, ...(follows.roots ?? [])],
      writes: [...writes, ...(follows.writes ?? [])],
      events: [...tellingsOf(record, telling, after, toldChanges(record, changes)), ...(follows.events ?? [])],
    },
  };
}
