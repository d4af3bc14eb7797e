import type { Id } from '#schema/ids.ts';
import { newId } from '#schema/ids.ts';
import {
  slaPolicies,
  slaPolicyVersions,
  slaTargetCalendars,
  slaTargetPauseStatuses,
  slaTargets,
} from '#schema/index.ts';
import { permitWorkspace } from '#services/access/permit.ts';
import { checkCondition } from '#services/conditions/check-condition.ts';
import { actorOf } from '#services/kernel/actor.ts';
import { change, event } from '#services/kernel/change.ts';
import { qb, type Statement, statement } from '#services/kernel/query.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { badField } from './calendar/check-weekly.ts';
import { compileSla, writeCompiled } from './compile-config.ts';
import type { CompiledPolicy, CompiledTarget } from './compiled-sla.ts';
import { refuseFields } from './refuse-fields.ts';
import { checkTargets, type SlaPolicyInput, targetOfInput } from './sla-policy-input.ts';
import { slaSetupQuery } from './sla-setup.ts';

const MAX_POLICIES = 100;

export interface SlaPolicy extends CompiledPolicy {
  description: string | null;
  position: number;
}

/**
 * Writes a policy with its whole target set, behind the others of its track. Tickets take it when they are next matched.
 * @throws ServiceError unprocessable with the fields' codes; conflict name_taken; contention with another edit.
 */
export const createSlaPolicy = defineVerb({
  name: 'createSlaPolicy',
  permission: 'sla.manage',

  load: (_input: SlaPolicyInput) => ({ setup: slaSetupQuery() }),

  decide({ setup }, input, by) {
    const permit = permitWorkspace(by.authority, 'sla.manage', { view: 'sla.view', single: false });
    const conditions = input.conditions ?? { all: [] };
    const targets = input.targets.map(targetOfInput);
    refuseFields([
      ...(setup.policies.length >= MAX_POLICIES ? [badField('', 'too_many', `at most ${MAX_POLICIES} policies`)] : []),
      ...checkCondition(conditions, 'policy'),
      ...checkTargets(targets, setup, by.now.getTime()),
    ]);

    const track = input.track ?? 'customer';
    const policy: SlaPolicy = {
      id: newId(by.ids, 'sla'),
      version: 1,
      name: input.name.trim(),
      description: input.description ?? null,
      track,
      position: 1 + Math.max(-1, ...setup.policies.map(({ position }) => position)),
      enabled: input.enabled ?? true,
      conditions,
      targets,
    };
    const { targets: _children, version: _first, ...row } = policy;
    const actor = actorOf(by.authority);
    return change({
      permit,
      answer: policy,
      roots: [{ kind: 'insert', table: slaPolicies, row: { ...row, createdAt: by.now, updatedAt: by.now } }],
      writes: [
        ...targetWrites(
          policy.id,
          targets.map((target) => ({ ...target, id: newId(by.ids, 'slat') })),
        ),
        statement(
          qb.insert(slaPolicyVersions).values({
            policyId: policy.id,
            version: 1,
            content: { ...policy },
            actorKind: actor.actorKind,
            actorId: actor.actorId,
            actorLabel: actor.actorLabel,
            createdAt: by.now,
          }),
        ),
        writeCompiled(compileSla({ ...setup, policies: [...setup.policies, policy] })),
      ],
      events: [
        event({
          type: 'sla_policy.created',
          entity: policy.id,
          audience: 'internal',
          payload: { id: policy.id, name: policy.name, track, enabled: policy.enabled, version: 1 },
        }),
      ],
      audit: { action: 'sla_policy.created', target: { type: 'sla_policy', id: policy.id, label: policy.name } },
    });
  },
});

function targetWrites(policyId: Id<'sla'>, targets: readonly (CompiledTarget & { id: Id<'slat'> })[]): Statement[] {
  const calendars = targets.flatMap(({ id, calendarIds }) =>
    calendarIds.map((businessHoursId) => ({ targetId: id, businessHoursId })),
  );
  const statuses = targets.flatMap(({ id, pauseRule }) =>
    pauseRule.statusIds.map((statusId) => ({ targetId: id, statusId })),
  );
  return [
    ...(targets.length === 0
      ? []
      : [statement(qb.insert(slaTargets).values(targets.map((target) => targetRow(policyId, target))))]),
    ...(calendars.length === 0 ? [] : [statement(qb.insert(slaTargetCalendars).values(calendars))]),
    ...(statuses.length === 0 ? [] : [statement(qb.insert(slaTargetPauseStatuses).values(statuses))]),
  ];
}

const targetRow = (
  policyId: Id<'sla'>,
  { pauseRule, calendarIds: _joined, ...target }: CompiledTarget & { id: Id<'slat'> },
) => ({
  ...target,
  policyId,
  pauseCategories: pauseRule.categories,
});
