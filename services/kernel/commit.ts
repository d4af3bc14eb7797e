import { and, eq, type SQL, sql } from 'drizzle-orm';
import { EVENTS } from '#schema/events.ts';
import { type Id, idToUuid, newId } from '#schema/ids.ts';
import { auditEvents, events, ticketActivity } from '#schema/index.ts';
import type { ActorRow } from './actor.ts';
import type { AuditDraft, Change, EventDraft, LoadedRoot, RootTable, RootWrite } from './change.ts';
import { guard, qb, type Statement, statement } from './query.ts';
import type { Kernel } from './run-verb.ts';
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

/** The statements of a change, in the order in which they must run: roots under guard, children, then what tells of it. */
export function commitOf(change: Change<unknown>, actor: ActorRow, request: RequestFacts, by: Deciding): Commit {
  const ids = change.events.map(() => newId(by.ids, 'evt'));
  const statements: Statement[] = [
    ...change.holds,
    ...change.roots.map((root) => rootStatement(root, change.events, by.now)),
    ...change.writes,
  ];
  if (change.activity.length > 0) statements.push(activityStatement(change, actor, by));
  const audited = [...(change.audit === null ? [] : [change.audit]), ...change.furtherAudit];
  if (audited.length > 0) statements.push(auditStatement(audited, change, actor, request, by, ids[0] ?? null));
  if (change.events.length > 0) statements.push(eventStatement(change, actor, request, by, ids));
  return { statements, firstEventId: ids[0] ?? null };
}

function rootStatement(root: RootWrite, drafts: readonly EventDraft[], now: Date): Statement {
  const emitting = new Map<Id, number>();
  for (const { entity } of drafts) emitting.set(entity, (emitting.get(entity) ?? 0) + 1);
  const emittedBy = (id: Id): number => emitting.get(id) ?? 0;
  if (root.kind === 'insert')
    return statement(qb.insert(root.table).values({ ...root.row, eventSeq: emittedBy(root.row.id) }));
  if (root.kind === 'inserts') {
    const values = root.rows.map((row) => ({ ...row, eventSeq: emittedBy(row.id) }));
    return statement(qb.insert(root.table).values(values as never));
  }
  if (root.kind === 'updates') return rootsStatement(root, emittedBy, now);
  if (root.kind === 'each') return updateEach(root, emittedBy, touched(root.table, now));
  const { table, loaded, set, what } = root;
  const emitted = emittedBy(loaded.id);
  const write = qb
    .update(table)
    .set({ ...touched(table, now), ...set, revision: loaded.revision + 1, eventSeq: loaded.eventSeq + emitted })
    .where(and(eq(table.id, loaded.id), eq(table.revision, loaded.revision)) as SQL);
  return guard(write.getSQL(), 1, what);
}

function rootsStatement(
  { table, loaded, set, what }: Extract<RootWrite, { kind: 'updates' }>,
  emittedBy: (id: Id) => number,
  now: Date,
): Statement {
  const guards = loaded.map(({ id, revision }) => ({ id: idToUuid(id), revision, emitted: emittedBy(id) }));
  const write = qb
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
    .where(sql`${table.id} = loaded.id and ${table.revision} = loaded.revision`);
  return guard(write.getSQL(), loaded.length, what);
}

const touched = (table: RootTable, now: Date): { updatedAt?: Date } => ('updatedAt' in table ? { updatedAt: now } : {});

function activityStatement(change: Change<unknown>, actor: ActorRow, by: Deciding): Statement {
  return statement(
    qb.insert(ticketActivity).values(
      change.activity.map((entry) => ({
        id: newId(by.ids, 'tact'),
        ...actor,
        ...entry,
        teamId: entry.teamId ?? null,
        createdAt: by.now,
      })) as never,
    ),
  );
}

function auditStatement(
  drafts: readonly AuditDraft[],
  change: Change<unknown>,
  actor: ActorRow,
  request: RequestFacts,
  by: Deciding,
  eventId: Id<'evt'> | null,
): Statement {
  const rows = drafts.map(({ action, target, changes }) => ({
    id: newId(by.ids, 'aud'),
    action,
    outcome: 'allowed',
    ...actor,
    grantedVia: change.permit.via,
    targetType: target.type,
    targetId: idToUuid(target.id),
    targetLabel: target.label ?? null,
    changedFields: Object.keys(changes ?? {}),
    changes: changes ?? {},
    eventId,
    surface: request.surface,
    requestId: request.requestId,
    ip: request.ip,
    country: request.country,
    userAgent: request.userAgent,
    occurredAt: by.now,
  }));
  return statement(qb.insert(auditEvents).values(rows as never));
}

const guardedBy = (root: Exclude<RootWrite, { kind: 'insert' | 'inserts' }>): readonly LoadedRoot[] =>
  root.kind === 'each' ? root.each.map(({ loaded }) => loaded) : [root.loaded].flat();

function eventStatement(
  change: Change<unknown>,
  actor: ActorRow,
  request: RequestFacts,
  by: Deciding,
  ids: readonly Id<'evt'>[],
): Statement {
  const next = new Map<Id, number>();
  for (const root of change.roots) {
    if (root.kind === 'insert') next.set(root.row.id, 0);
    else if (root.kind === 'inserts') for (const { id } of root.rows) next.set(id, 0);
    else for (const { id, eventSeq } of guardedBy(root)) next.set(id, eventSeq);
  }
  const values = change.events.map((draft, i) => {
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
      causationId: request.causation === null ? null : idToUuid(request.causation.eventId),
      depth: request.causation === null ? 0 : request.causation.depth + 1,
      requestId: request.requestId,
      dedupeKey: draft.dedupeKey ?? null,
      occurredAt: by.now,
    };
  });
  return statement(qb.insert(events).values(values as never));
}
