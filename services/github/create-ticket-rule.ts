import { type IssuePayload, labelNames } from './delivery-payload.ts';
import type { RepositoryRules } from './repository-rules.ts';

/** GitHub tells labels apart without regard to case. */
const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** Why an issue that has no ticket gets none; null when it gets one: on opening, or later with the label that asks for it. */
export function whyNoTicket(
  rule: RepositoryRules['createTicket'],
  { action, label, issue }: IssuePayload,
): string | null {
  if (issue.pull_request !== undefined && issue.pull_request !== null) return 'pull_request';
  if (rule === 'never') return 'rule_never';
  if (action === 'opened') {
    return rule === 'all' || labelNames(issue).some((name) => same(name, rule.label)) ? null : 'label_absent';
  }
  if (action !== 'labeled' || rule === 'all' || issue.state === 'closed') return 'unhandled_event';
  return label !== undefined && same(label.name, rule.label) ? null : 'label_absent';
}
