import { type SQL, sql } from 'drizzle-orm';
import { ServiceError } from '#schema/errors.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import type { Authority } from '#services/access/authority.ts';
import type { FieldValues } from '#services/custom-fields/field-definition.ts';
import { isTooLarge } from '#services/custom-fields/merge-values.ts';
import { actorOf } from '#services/kernel/actor.ts';
import { type Change, change, type Decision, type EventDraft, unchanged } from '#services/kernel/change.ts';
import { auditChanges } from '#services/kernel/field-changes.ts';
import { run } from '#services/kernel/query.ts';
import { unknownReference } from '#services/kernel/refusals.ts';
import type { Deciding } from '#services/kernel/verb.ts';
import type { VersionGuard } from '#services/kernel/version-guard.ts';
import { type SlaSetup, slaSetupQuery } from '#services/sla/sla-setup.ts';
import { type Also, diffRecord, labelled, toldChanges, touched } from './change-record.ts';
import type { Known, RecordKind, RecordRow } from './record-kind.ts';
import { type Owner, ownersOfPartsOf, recordById } from './record-queries.ts';
import { repointJobs } from './repoint-jobs.ts';
import { repointRules } from './repoint-rules.ts';
import { permitChange, requireChangeable, tooMany } from './require-record.ts';
import { withPrimary } from './revived.ts';

export interface MergeInput<Row extends RecordRow> {
  id: Row['id'];
  loserId: Row['id'];
  ifMatch: VersionGuard | null;
}

export const mergeQueries = <Row extends RecordRow, Wire>(
  kind: RecordKind<Row, Wire>,
  { id, loserId }: MergeInput<Row>,
) => ({
  found: recordById(kind, id),
  lost: recordById(kind, loserId),
  taken: ownersOfPartsOf(kind, loserId),
  slaSetup: slaSetupQuery(),
});

/**
 * One record takes in another: its own values win, empty ones are filled, addresses or domains come along, and what named the
 * loser names the winner. The loser is archived and points at the winner, in one step whatever was merged before.
 * @throws ServiceError not_found; forbidden; stale_version; conflict `merged`; unprocessable `unknown_reference`,
 *   `merge_invalid`, `limit_reached`.
 */
export function mergeRecords<Row extends RecordRow, Wire>(
  kind: RecordKind<Row, Wire>,
  loaded: {
    found: Known<Row> | undefined;
    lost: Known<Row> | undefined;
    taken: readonly Owner[];
    slaSetup: SlaSetup;
  },
  asked: {
    ifMatch: VersionGuard | null;
    /** Fields that the winner takes from the loser where it has none. */
    filled: readonly (keyof Row & string)[];
    event: EventDraft;
    also: Also;
    by: Pick<Deciding, 'now'> & { authority: Authority };
  },
): Decision<Wire> {
  const { now, authority } = asked.by;
  const { permit, known } = permitChange(kind, authority, loaded.found, asked.ifMatch, 'org.merge');
  const { lost } = loaded;
  if (lost === undefined || (lost.row.erasedAt ?? null) !== null) throw unknownReference('/loserId');
  if (lost.row.mergedIntoId === known.row.id) return unchanged(permit, kind.view(known));
  if (lost.row.id === known.row.id || known.row.archivedAt !== null) throw mergeInvalid();
  requireChangeable(lost.row);
  const coming = lost.parts
    .filter(({ value }) => !loaded.taken.some((each) => each.value === value))
    .map((part) => ({ ...part, active: true }));
  if (known.parts.length + coming.length > kind.parts.most)
    throw tooMany(`Together they have more than ${kind.parts.most} ${kind.parts.name}.`);
  const wanted: Known<Row> = {
    row: { ...known.row, ...filling(known.row, lost.row, asked.filled) },
    parts: withPrimary([...known.parts, ...coming.map((part) => ({ ...part, isPrimary: false }))]),
  };
  if (isTooLarge(wanted.row.attributes as FieldValues))
    throw tooMany('Together their attributes have more than 32 KiB.');
  const { after, changes, roots } = diffRecord(kind, known, wanted, now);
  const arrived = {
    row: known.row,
    parts: [...known.parts, ...coming.map((p) => ({ ...p, isPrimary: false, active: false }))],
  };
  const told = toldChanges(kind, changes);
  const written: Partial<Change<Wire>> = {
    roots: [
      {
        kind: 'update',
        table: kind.table,
        what: kind.noun,
        loaded: lost.row,
        set: {
          archivedAt: lost.row.archivedAt ?? now,
          mergedIntoId: known.row.id,
          version: lost.row.version + 1,
        },
      },
      ...(roots.length === 0 ? [touched(kind, known)] : roots),
      ...(asked.also.roots ?? []),
    ],
    writes: [
      repointJobs({ from: lost.row.id, to: known.row.id }, now),
      ...handOver(kind, lost.row.id, known.row.id),
      ...diffRecord(kind, arrived, wanted, now).writes,
      ...repointRules(kind.prefix, { from: lost.row.id, to: known.row.id }, loaded.slaSetup, {
        now,
        actor: actorOf(authority),
      }),
      ...(asked.also.writes ?? []),
    ],
    events: [
      ...(changes.length === 0 ? [] : [kind.event('updated', after, told)]),
      asked.event,
      ...(asked.also.events ?? []),
    ],
    wakes: asked.also.wakes ?? [],
  };
  return change<Wire>({
    permit,
    answer: kind.view(after),
    ...written,
    audit: {
      action: `${kind.noun}.merged`,
      target: { type: kind.noun, id: known.row.id, ...labelled(known.row.name) },
      changes: { ...auditChanges(told), loserId: [lost.row.id, known.row.id] },
    },
  });
}

/** The parts are the winner's, none of them primary yet; who was merged into the loser points at the winner. */
function handOver<Row extends RecordRow, Wire>({ parts, noun }: RecordKind<Row, Wire>, from: Id, to: Id) {
  const [old, target]: [SQL, SQL] = [sql`${idToUuid(from)}::uuid`, sql`${idToUuid(to)}::uuid`];
  const [table, owner, value] = [parts.sqlName, parts.sqlOwner, parts.sqlValue].map((name) => sql.raw(name));
  return [
    run(sql`delete from ${table} p where p.${owner} = ${old} and not p.active
      and exists (select from ${table} o where o.${value} = p.${value} and o.active)`),
    run(sql`update ${table} set ${owner} = ${target}, is_primary = false, active = false where ${owner} = ${old}`),
    run(sql`update ${sql.raw(`${noun}s`)} set merged_into_id = ${target} where merged_into_id = ${old}`),
  ];
}

const filling = <Row extends RecordRow>(
  winner: Row,
  loser: Row,
  fields: readonly (keyof Row & string)[],
): Partial<Row> =>
  ({
    ...Object.fromEntries(fields.filter((field) => winner[field] === null).map((field) => [field, loser[field]])),
    attributes: { ...loser.attributes, ...winner.attributes },
  }) as Partial<Row>;

const mergeInvalid = (): ServiceError =>
  new ServiceError('unprocessable', 'Only another one can be merged, and only into a live one.', {
    reason: 'merge_invalid',
  });
