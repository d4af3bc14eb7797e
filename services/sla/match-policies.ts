import { evaluateCondition } from '#services/conditions/evaluate-condition.ts';
import type { ClockTerms, Metric, Track } from './clock.ts';
import type { CompiledPolicy, CompiledSla, CompiledTarget } from './compiled-sla.ts';
import { conditionFacts } from './condition-facts.ts';
import type { MatchFacts } from './match-facts.ts';
import type { TrackPolicy } from './sla-state.ts';
import type { SlaTicket } from './sla-ticket.ts';

/** The first enabled live policy of the track whose tree is true; a pin holds until its policy is archived. */
export function matchPolicy(
  config: CompiledSla,
  track: Track,
  present: TrackPolicy,
  ticket: SlaTicket,
  about: MatchFacts,
): TrackPolicy {
  if (present.pinned && present.policyId === null) return present;
  const pinned = present.pinned ? config.policies.find((policy) => policy.id === present.policyId) : undefined;
  const facts = conditionFacts(ticket, about);
  const policy =
    pinned ??
    config.policies.find(
      (each) => each.track === track && each.enabled && evaluateCondition(each.conditions, facts).value,
    );
  return { policyId: policy?.id ?? null, policyVersion: policy?.version ?? null, pinned: pinned !== undefined };
}

/** What a policy now promises for a metric: its row for the ticket's priority, else the row for every priority. */
export function termsFor(
  config: CompiledSla,
  { policyId }: TrackPolicy,
  metric: Metric,
  ticket: SlaTicket,
): ClockTerms | undefined {
  const policy = config.policies.find((each) => each.id === policyId);
  const target = policy === undefined ? undefined : targetFor(policy, metric, ticket);
  if (policy === undefined || target === undefined) return undefined;
  return {
    policyId: policy.id,
    policyVersion: policy.version,
    configRevision: config.revision,
    targetSeconds: target.targetSeconds,
    warnBeforeSeconds: target.warnBeforeSeconds,
    snapshotIds: hoursOf(config, target, ticket),
    combine: target.combine,
    pauseRule: target.pauseRule,
    reopenMode: target.reopenMode,
  };
}

const targetFor = (policy: CompiledPolicy, metric: Metric, { priority }: SlaTicket): CompiledTarget | undefined =>
  policy.targets.find((target) => target.metric === metric && target.priority === priority) ??
  policy.targets.find((target) => target.metric === metric && target.priority === null);

/** Follow the sun: the hours of the team that works on it, else of the team whose queue it is in, else the target's own. */
function hoursOf(config: CompiledSla, target: CompiledTarget, ticket: SlaTicket): ClockTerms['snapshotIds'] {
  const teams = target.calendarMode === 'team' ? [ticket.assigneeTeamId, ticket.primaryTeamId] : [];
  const calendar = teams
    .map((team) => (team === null ? undefined : config.teamCalendars[team]))
    .find((each) => each !== undefined);
  const calendars = calendar === undefined ? target.calendarIds : [calendar];
  return calendars.map((id) => {
    const snapshot = config.calendars[id];
    if (snapshot === undefined) throw new TypeError(`calendar ${id} is promised and not compiled`);
    return snapshot;
  });
}

/** Whether both promise the same: a clock under equal terms has nothing to be told. */
export const sameTerms = (a: ClockTerms, b: ClockTerms): boolean => termsKey(a) === termsKey(b);

const termsKey = ({ policyId, policyVersion, targetSeconds, warnBeforeSeconds, ...rest }: ClockTerms): string =>
  JSON.stringify([
    policyId,
    policyVersion,
    targetSeconds,
    warnBeforeSeconds,
    rest.snapshotIds,
    rest.combine,
    [...rest.pauseRule.categories].sort(),
    [...rest.pauseRule.statusIds].sort(),
    rest.reopenMode,
  ]);
