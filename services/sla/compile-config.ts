import { sql } from 'drizzle-orm';
import { ServiceError } from '#schema/errors.ts';
import { fieldsOf } from '#services/conditions/check-condition.ts';
import { guard, type Statement } from '#services/kernel/query.ts';
import type { CompiledPolicy, CompiledSla } from './compiled-sla.ts';
import type { SlaSetup } from './sla-setup.ts';

const MAX_BYTES = 1024 * 1024;

/** The configuration ready to run, under the next revision. Pure, so that a test can compile the rows and compare. */
export function compileSla(setup: SlaSetup): CompiledSla {
  const named = new Set(setup.policies.flatMap(({ targets }) => targets.flatMap(({ calendarIds }) => calendarIds)));
  const calendars = setup.calendars.filter(({ id }) => named.has(id));
  return {
    revision: setup.revision + 1,
    policies: setup.policies.toSorted((a, b) => a.position - b.position || order(a.id, b.id)).map(compiledPolicy),
    rules: setup.rules,
    calendars: Object.fromEntries(calendars.map(({ id, snapshot }) => [id, snapshot.id])),
    teamCalendars: {},
    snapshots: calendars.map(({ snapshot }) => snapshot),
    matchFields: matchFieldsOf(setup),
  };
}

/** One form for one configuration, whatever the order in which a form or a row gave it. */
const compiledPolicy = ({
  id,
  version,
  name,
  track,
  enabled,
  conditions,
  targets,
}: CompiledPolicy): CompiledPolicy => ({
  id,
  version,
  name,
  track,
  enabled,
  conditions,
  targets: targets
    .toSorted((a, b) => order(a.metric, b.metric) || order(a.priority ?? '', b.priority ?? ''))
    .map((target) => ({
      ...target,
      calendarIds: [...target.calendarIds].sort(),
      pauseRule: {
        categories: [...target.pauseRule.categories].sort(),
        statusIds: [...target.pauseRule.statusIds].sort(),
      },
    })),
});

const order = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

/** Priority chooses the target, teams the hours where a target follows them, and conditions name the rest. */
function matchFieldsOf({ policies }: SlaSetup): string[] {
  const byTeam = policies.some(({ targets }) => targets.some(({ calendarMode }) => calendarMode === 'team'));
  const fields = new Set([
    'ticket.priority',
    ...(byTeam ? ['ticket.assignee_team', 'ticket.primary_team'] : []),
    ...policies.flatMap(({ conditions }) => fieldsOf(conditions)),
  ]);
  return [...fields].sort();
}

/**
 * Rewrites the compiled row under the revision that was loaded; an edit that crossed another decides again. It is stamped
 * with the database's own time: with the revision it tells one database's row from another's to an isolate that holds one.
 * @throws ServiceError unprocessable config_too_large over 1 MiB.
 */
export function writeCompiled(config: CompiledSla): Statement<null> {
  const content = JSON.stringify(config);
  if (new TextEncoder().encode(content).length > MAX_BYTES) {
    throw new ServiceError('unprocessable', 'The SLA configuration as a whole is too large.', {
      reason: 'config_too_large',
    });
  }
  return guard(
    sql`insert into compiled_configs (kind, revision, content, updated_at)
      values ('sla', ${config.revision}::bigint, ${content}::jsonb, clock_timestamp())
      on conflict (kind) do update set revision = excluded.revision, content = excluded.content,
        updated_at = excluded.updated_at
      where compiled_configs.revision = excluded.revision - 1`,
    1,
    'sla configuration',
  );
}
