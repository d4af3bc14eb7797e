import { and, eq, getTableName, type SQL, sql } from 'drizzle-orm';
import { EVENTS } from '#schema/events.ts';
import { type Id, idToUuid, newId } from '#schema/ids.ts';
import { auditEvents, events, ticketActivity } from '#schema/index.ts';
import type { ActorRow } from './actor.ts';
import type { AuditDraft, Change, EventDraft, LoadedRoot, RootTable, RootWrite } from './change.ts';
import { fittingChanges } from './fitting-changes.ts';
import { insertRows } from './insert-rows.ts';
import { joinStatements, withoutTwins } from './over-rows.ts';
import { qb, type Statement, statement } from './query.ts';
import type { Kernel } from './run-verb.ts';
import { type Place, together, type Write } from './together.ts';
import { updateEach } from './update-each.ts';
import type { Deciding, RequestFacts } from './verb.ts';
import type { Wake } from './wake.ts';

export interface Commit {
  statements: Statement[];
  firstEventId: Id<'evt'> | null;
}

/** One batch, then the wakes, which the answer does not wait for. */
export async function commit(
  kernel: Kernel,
  change: Change<unknown>,
  actor: ActorRow,
  before: Statement[],
): Promise<void> {
  const { statements, firstEventId } = commitOf(change, actor, kernel.request, kernel);
  await kernel.db.batch([...before, ...statements], { kind: 'commit' });
  const dispatch: Wake[] =
    firstEventId === null ? [] : [{ queue: 'events', message: { kind: 'events', id: firstEventId } }];
  const wakes = [...dispatch, ...change.wakes];
  if (wakes.length > 0) kernel.waitUntil(kernel.waker.wake(wakes));
}

/**
 * The statements of a change, in the order in which they must run: roots under guard, children, then what tells of it.
 * What does not lean on each other is one statement, so that most changes are two, or one where no child follows.
 */
export function commitOf(change: Change<unknown>, actor: ActorRow, request: RequestFacts, by: Deciding): Commit {
  const ids = change.events.map(() => newId(by.ids, 'evt'));
  const emittedBy = emissions(change.events);
  const guarded = change.roots.slice(change.roots.findLastIndex(isInsert) + 1);
  const before = change.roots.slice(0, change.roots.length - guarded.length);
  const writesAt = (place: Place): Write[] =>
    change.writes.flatMap(({ hangs }) => (hangs?.place === place ? hangs.writes : []));
  const others = change.writes.filter(({ hangs }) => hangs === undefined);
  const first = [...guarded.map((root) => rootWrite(root, emittedBy, by.now)), ...writesAt('first')];
  const last = writesAt('last');
  const told = [...writesAt('either'), ...tellings(change, actor, request, by, ids)];
  const isOne = others.length + last.length === 0;
  const sets = isOne ? [[...first, ...told]] : [first, [...last, ...told]];
  const [roots = [], rest = []] = sets.map((set) => (set.length === 0 ? [] : [together(set)]));
  return {
    statements: [
      ...withoutTwins(joinStatements(change.holds)),
      ...before.map((root) => rootStatement(root, emittedBy, by.now)),
      ...roots,
      ...others,
      ...rest,
    ],
    firstEventId: ids[0] ?? null,
  };
}

const isInsert = ({ kind }: RootWrite): boolean => kind === 'insert' || kind === 'inserts';

function emissions(drafts: readonly EventDraft[]): (id: Id) => number {
  const emitting = new Map<Id, number>();
  for (const { entity } of drafts) emitting.set(entity, (emitting.get(entity) ?? 0) + 1);
  return (id) => emitting.get(id) ?? 0;
}

type Emitted = ReturnType<typeof emissions>;

function rootStatement(root: RootWrite, emittedBy: Emitted, now: Date): Statement {
  if (root.kind !== 'insert' && root.kind !== 'inserts') return together([rootWrite(root, emittedBy, now)]);
  const rows = root.kind === 'insert' ? [root.row] : root.rows;
  const values = rows.map((row) => ({ ...row, eventSeq: emittedBy(row.id) }));
  return root.kind === 'insert'
    ? statement(qb.insert(root.table).values(values as never))
    : together([insertRows(root.table, values)]);
}

/** A root, or many of one table, under guard. */
function rootWrite(root: RootWrite, emittedBy: Emitted, now: Date): Write {
  if (root.kind === 'insert' || root.kind === 'inserts') throw new TypeError('a new root has no guard');
  const rows = guardedBy(root).length;
  return {
    sql: updateOf(root, emittedBy, now),
    guard: { rows, what: root.what },
    counted: { table: getTableName(root.table), rows },
  };
}

function updateOf(root: GuardedRoot, emittedBy: Emitted, now: Date): SQL {
  const { table } = root;
  if (root.kind === 'updates') return updateAlike(root, emittedBy, now);
  if (root.kind === 'each') return updateEach(root, emittedBy, touched(table, now));
  const { loaded, set } = root;
  const eventSeq = loaded.eventSeq + emittedBy(loaded.id);
  return qb
    .update(table)
    .set({ ...touched(table, now), ...set, revision: loaded.revision + 1, eventSeq })
    .where(and(eq(table.id, loaded.id), eq(table.revision, loaded.revision)) as SQL)
    .getSQL();
}

function updateAlike(
  { table, loaded, set }: Extract<RootWrite, { kind: 'updates' }>,
  emittedBy: Emitted,
  now: Date,
): SQL {
  const guards = loaded.map(({ id, revision }) => ({ id: idToUuid(id), revision, emitted: emittedBy(id) }));
  return qb
    .update(table)
    .set({
      ...touched(table, now),
      ...set,
      revision: sql`${table.revision} + 1`,
      eventSeq: sql`${table.eventSeq} + loaded.emitted`,
    })
    .from(
      sql`jsonb_to_recordset(${JSON.stringify(guards)}::jsonb) as loaded(id uuid, revision integer, emitted integer)`,
    )
    .where(sql`${table.id} = loaded.id and ${table.revision} = loaded.revision`)
    .getSQL();
}

const touched = (table: RootTable, now: Date): { updatedAt?: Date } => ('updatedAt' in table ? { updatedAt: now } : {});

/** What tells of a change, as far as it has something to tell. */
function tellings(
  change: Change<unknown>,
  actor: ActorRow,
  request: RequestFacts,
  by: Deciding,
  ids: readonly Id<'evt'>[],
): Write[] {
  const audited = [...(change.audit === null ? [] : [change.audit]), ...change.furtherAudit];
  return [
    ...(change.activity.length === 0 ? [] : [insertRows(ticketActivity, activityRows(change, actor, by))]),
    ...(audited.length === 0 ? [] : [insertRows(auditEvents, auditRows(audited, change, actor, request, by, ids[0]))]),
    ...(change.events.length === 0 ? [] : [insertRows(events, eventRows(change, actor, request, by, ids))]),
  ];
}

const activityRows = (change: Change<unknown>, actor: ActorRow, by: Deciding) =>
  change.activity.map((entry) => ({ id: newId(by.ids, 'tact'), ...actor, ...entry, createdAt: by.now }));

const auditRows = (
  drafts: readonly AuditDraft[],
  change: Change<unknown>,
  actor: ActorRow,
  request: RequestFacts,
  by: Deciding,
  eventId: Id<'evt'> | undefined,
) =>
  drafts.map(({ action, target, changes, onBehalfOf }) => ({
    id: newId(by.ids, 'aud'),
    action,
    outcome: 'allowed',
    ...actor,
    onBehalfOf: onBehalfOf && idToUuid(onBehalfOf),
    grantedVia: change.permit.via,
    targetType: target.type,
    targetId: idToUuid(target.id),
    targetLabel: target.label ?? null,
    changedFields: Object.keys(changes ?? {}),
    changes: fittingChanges(changes ?? {}),
    eventId,
    bulkJobId: jobOf(change),
    surface: request.surface,
    requestId: request.requestId,
    ip: request.ip,
    country: request.country,
    userAgent: request.userAgent,
    occurredAt: by.now,
  }));

/** The job whose chunk this is: all of its entries name it. */
const jobOf = ({ activity }: Change<unknown>) => activity.find(({ bulkJobId }) => bulkJobId !== undefined)?.bulkJobId;

type GuardedRoot = Exclude<RootWrite, { kind: 'insert' | 'inserts' }>;

const guardedBy = (root: GuardedRoot): readonly LoadedRoot[] =>
  root.kind === 'each' ? root.each.map(({ loaded }) => loaded) : [root.loaded].flat();

function eventRows(
  change: Change<unknown>,
  actor: ActorRow,
  request: RequestFacts,
  by: Deciding,
  ids: readonly Id<'evt'>[],
) {
  const next = new Map<Id, number>();
  for (const root of change.roots) {
    if (root.kind === 'insert') next.set(root.row.id, 0);
    else if (root.kind === 'inserts') for (const { id } of root.rows) next.set(id, 0);
    else for (const { id, eventSeq } of guardedBy(root)) next.set(id, eventSeq);
  }
  const causation = request.causation?.eventId ?? jobOf(change);
  return change.events.map((draft, i) => {
    const before = next.get(draft.entity);
    if (before === undefined) throw new TypeError(`${draft.type} names an entity that this commit does not guard`);
    next.set(draft.entity, before + 1);
    const definition = EVENTS[draft.type];
    return {
      id: ids[i],
      type: draft.type,
      schemaVersion: definition.version,
      entityType: definition.entity,
      entityId: idToUuid(draft.entity),
      entitySeq: before + 1,
      audience: draft.audience,
      audienceTeamId: draft.audienceTeamId ?? null,
      inboxIds: [...(draft.inboxIds ?? [])],
      teamIds: [...(draft.teamIds ?? [])],
      actorKind: actor.actorKind,
      actorId: actor.actorId,
      actorLabel: actor.actorLabel,
      surface: request.surface,
      payload: definition.payload.parse(draft.payload),
      origin: draft.origin ?? null,
      originRef: draft.originRef ?? null,
      silent: draft.silent ?? false,
      causationId: causation === undefined ? null : idToUuid(causation),
      depth: request.causation === null ? 0 : request.causation.depth + 1,
      requestId: request.requestId,
      dedupeKey: draft.dedupeKey ?? null,
      occurredAt: by.now,
    };
  });
}
