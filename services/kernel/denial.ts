import { type SQL, sql } from 'drizzle-orm';
import type { Reason } from '#schema/errors.ts';
import { ServiceError } from '#schema/errors.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { isPermission, PERMISSIONS } from '#services/access/permissions.ts';
import type { ActorRow } from './actor.ts';
import { run, type Statement } from './query.ts';
import type { RequestFacts } from './verb.ts';

/** What an attempt was aimed at, as the audit names it. */
export interface DenialTarget {
  type: string;
  id: Id;
}

/** The rules of giving (R1–R6): who meets one of them tried to take or give power that is not theirs. */
const RULES: ReadonlySet<Reason> = new Set<Reason>([
  'exceeds_ceiling',
  'outranks_you',
  'owner_required',
  'person_required',
  'self_change',
  'last_owner',
  'own_role',
  'system_role',
]);

/** The reason under which a refusal is kept; nothing for one that is everyday: a missing plain permission, a taken name. */
export function deniedReason(error: unknown): Reason | undefined {
  if (!(error instanceof ServiceError)) return undefined;
  const { reason, denial, extra } = error.details;
  if (reason === undefined) return undefined;
  if (denial !== undefined || RULES.has(reason)) return reason;
  const required: unknown[] = Array.isArray(extra?.required) ? extra.required : [];
  const sensitive = required.some((key) => typeof key === 'string' && isPermission(key) && PERMISSIONS[key].sensitive);
  return error.code === 'forbidden' && sensitive ? reason : undefined;
}

/** One audit row `access.denied` per actor, operation, target and minute, however often it is tried. */
export function denialStatement(
  denial: { operation: string; reason: Reason; target: DenialTarget | null },
  actor: ActorRow,
  request: RequestFacts,
  now: Date,
): Statement {
  const target = denial.target === null ? null : idToUuid(denial.target.id);
  const minute = now.toISOString().slice(0, 'YYYY-MM-DDThh:mm'.length);
  const dedupeKey = ['denied', actor.actorId, denial.operation, target ?? '-', minute].join(':');
  const text = (value: string | null): SQL => sql`${value}::text`;
  return run(sql`
    insert into audit_events (action, outcome, reason, actor_kind, actor_id, actor_label, api_key_id, target_type, target_id,
      changes, dedupe_key, surface, request_id, ip, country, user_agent, occurred_at)
    values ('access.denied', 'denied', ${denial.reason}, ${actor.actorKind}, ${actor.actorId}::uuid, ${text(actor.actorLabel)},
      ${actor.apiKeyId === null ? null : idToUuid(actor.apiKeyId as Id)}::uuid, ${text(denial.target?.type ?? null)}, ${target}::uuid,
      ${JSON.stringify({ operation: denial.operation })}::jsonb, ${dedupeKey}, ${request.surface}, ${idToUuid(request.requestId)}::uuid,
      ${request.ip}::inet, ${text(request.country)}, ${text(request.userAgent)}, ${now.toISOString()}::timestamptz)
    on conflict (dedupe_key) do nothing`);
}
