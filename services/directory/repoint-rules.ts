import { type SQL, sql } from 'drizzle-orm';
import type { Id } from '#schema/ids.ts';
import type { ActorRow } from '#services/kernel/actor.ts';
import { run, type Statement } from '#services/kernel/query.ts';
import { compileSla, writeCompiled } from '#services/sla/compile-config.ts';
import type { SlaSetup } from '#services/sla/sla-setup.ts';

/** Set-up that keeps ids inside JSON, where no foreign key leads: an id is a whole string there. */
const RULES = [
  ['macros', 'actions', 'true'],
  ['escalation_rules', 'conditions', 'true'],
  ['segments', 'rule', 'deleted_at is null'],
] as const;

/** Under which name the filter of a view names it. */
const FILTERS = { org: 'organization', contact: 'requester' } as const;

/**
 * What named one record names another from this commit on: filters of views, actions of macros, conditions of SLA policies,
 * of escalations and of segments. Every row is edited, so open forms of it are stale; policies get a state of their own and
 * the compiled configuration is made anew.
 */
export function repointRules(
  kind: keyof typeof FILTERS,
  { from, to }: { from: Id; to: Id },
  setup: SlaSetup,
  { now, actor }: { now: Date; actor: ActorRow },
): Statement[] {
  const [old, next] = [JSON.stringify(from), JSON.stringify(to)];
  const edited = (column: string): SQL =>
    sql`${sql.raw(column)} = replace(${sql.raw(column)}::text, ${old}, ${next})::jsonb, version = version + 1,
      revision = revision + 1, updated_at = ${now.toISOString()}::timestamptz`;
  const names = (column: string): SQL => sql`strpos(${sql.raw(column)}::text, ${old}) > 0`;
  const policies = setup.policies.map((policy) => ({ policy, said: JSON.stringify(policy.conditions) }));
  const moved = policies.some(({ said }) => said.includes(old));
  return [
    repointViews(FILTERS[kind], from, to, now),
    ...RULES.map(([table, column, live]) =>
      run(sql`update ${sql.raw(table)} set ${edited(column)} where ${names(column)} and ${sql.raw(live)}`),
    ),
    ...(moved
      ? [
          run(sql`
            with moved as (
              update sla_policies set ${edited('conditions')} where ${names('conditions')} and archived_at is null
              returning id, version, conditions)
            insert into sla_policy_versions (policy_id, version, content, actor_kind, actor_id, actor_label, created_at)
            select m.id, m.version, v.content || jsonb_build_object('conditions', m.conditions, 'version', m.version),
              ${actor.actorKind}, ${actor.actorId}::uuid, ${actor.actorLabel}::text, ${now.toISOString()}::timestamptz
            from moved m join sla_policy_versions v on v.policy_id = m.id and v.version = m.version - 1`),
          // Every edit of the set-up raises its revision, so the policies are still those that were loaded.
          writeCompiled(
            compileSla({
              ...setup,
              policies: policies.map(({ policy, said }) =>
                said.includes(old)
                  ? { ...policy, version: policy.version + 1, conditions: JSON.parse(said.replaceAll(old, next)) }
                  : policy,
              ),
            }),
          ),
        ]
      : []),
  ];
}

/** A filter keeps ids as text between commas, none of them twice. */
const repointViews = (name: string, from: Id, to: Id, now: Date): Statement =>
  run(sql`
    update saved_views v set version = v.version + 1, revision = v.revision + 1, updated_at = ${now.toISOString()}::timestamptz,
      filter = v.filter || jsonb_build_object(${name}::text, (
        select string_agg(named.id, ',' order by named.place) from (
          select case when id = ${from} then ${to} else id end as id, min(place) as place
          from unnest(string_to_array(v.filter ->> ${name}, ',')) with ordinality as u (id, place) group by 1) named))
    where ${from} = any (string_to_array(v.filter ->> ${name}, ','))`);
