import type { Prefix } from '#schema/ids.ts';
import {
  ASSURANCES,
  STATUS_CATEGORIES,
  TICKET_CHANNELS,
  TICKET_PRIORITIES,
  TICKET_VISIBILITIES,
} from '#schema/values.ts';

/** Who keeps a tree; a field outside its places is refused on save. */
export type ConditionPlace = 'policy' | 'escalation' | 'routing';

export type FieldKind = 'text' | 'choice' | 'reference' | 'set' | 'custom';

export interface ConditionField {
  kind: FieldKind;
  /** Of a choice. */
  values?: readonly string[];
  /** Of a reference, or of the members of a set. */
  prefix?: Prefix;
  places?: readonly ConditionPlace[];
}

const text: ConditionField = { kind: 'text' };
const routedText: ConditionField = { kind: 'text', places: ['routing'] };
const choice = (values: readonly string[]): ConditionField => ({ kind: 'choice', values });
const reference = (prefix: Prefix): ConditionField => ({ kind: 'reference', prefix });
const set = (prefix: Prefix): ConditionField => ({ kind: 'set', prefix });

const FIELDS: Readonly<Record<string, ConditionField>> = {
  'ticket.subject': text,
  'ticket.body': routedText,
  'message.body': routedText,
  'requester.name': text,
  'requester.email': text,
  'requester.domain': text,
  'organization.domain': text,
  'ticket.priority': choice(TICKET_PRIORITIES),
  'ticket.channel': choice(TICKET_CHANNELS),
  'ticket.status_category': choice(STATUS_CATEGORIES),
  'ticket.visibility': choice(TICKET_VISIBILITIES),
  'requester.assurance': choice(ASSURANCES),
  'ticket.status': reference('tstat'),
  'ticket.inbox': reference('inbox'),
  'ticket.inbox_channel': reference('ibch'),
  'ticket.primary_team': reference('team'),
  'ticket.assignee_team': reference('team'),
  'ticket.assignee': reference('prin'),
  contact: reference('contact'),
  organization: reference('org'),
  'ticket.tags': set('ttag'),
  'requester.segments': set('seg'),
};

const CUSTOM = /^(ticket\.field|organization\.attribute)\.[a-z][a-z0-9_]{0,39}$/;

/** What a field of this name is; `undefined` for a name that no tree may hold. */
export function conditionField(name: string): ConditionField | undefined {
  if (CUSTOM.test(name)) return { kind: 'custom' };
  return Object.hasOwn(FIELDS, name) ? FIELDS[name] : undefined;
}

/** A negative operator is exactly `not` of its positive twin. */
export const NEGATIVES: Readonly<Record<string, string>> = {
  is_not: 'is',
  not_contains: 'contains',
  not_in: 'in',
  has_none: 'has_any',
  is_empty: 'is_set',
};

const TEXT_OPERATORS = [
  'is',
  'contains',
  'contains_any',
  'contains_word',
  'starts_with',
  'ends_with',
  'matches',
  'is_set',
];
const SET_OPERATORS = ['has', 'has_any', 'has_all'];
const NUMBER_OPERATORS = ['eq', 'gt', 'gte', 'lt', 'lte', 'between'];

const OPERATORS: Readonly<Record<FieldKind, readonly string[]>> = {
  text: TEXT_OPERATORS,
  choice: ['is', 'in', 'at_least', 'at_most'],
  reference: ['is', 'in', 'is_set'],
  set: SET_OPERATORS,
  custom: [...TEXT_OPERATORS, 'in', ...SET_OPERATORS, ...NUMBER_OPERATORS],
};

/** Whether a field of this kind knows the operator, or the twin that it negates. */
export function knowsOperator(name: string, field: ConditionField, op: string): boolean {
  if ((op === 'at_least' || op === 'at_most') && name !== 'ticket.priority') return false;
  if (field.kind === 'set' && op === 'is_empty') return false;
  return OPERATORS[field.kind].includes(NEGATIVES[op] ?? op);
}
