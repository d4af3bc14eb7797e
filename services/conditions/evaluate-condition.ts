import type { StoredCondition } from '#schema/tables/sla-shapes.ts';
import { TICKET_PRIORITIES } from '#schema/values.ts';
import { conditionField, NEGATIVES } from './condition-fields.ts';
import { containsWord, foldText, matchesPattern } from './match-text.ts';

/** Reads a field of the thing judged; null and undefined are a missing value. */
export type ConditionFacts = (field: string) => unknown;

/** The leaf is a JSON pointer into the tree; null for a tree without any. */
export interface Verdict {
  value: boolean;
  leaf: string | null;
}

/** Judges a tree and names the leaf that decided. An empty `all` is true, an empty `any` false. */
export function evaluateCondition(node: StoredCondition, facts: ConditionFacts, path = ''): Verdict {
  if ('all' in node) return first(node.all, `${path}/all`, false, facts);
  if ('any' in node) return first(node.any, `${path}/any`, true, facts);
  if ('not' in node) {
    const { value, leaf } = evaluateCondition(node.not, facts, `${path}/not`);
    return { value: !value, leaf };
  }
  const negated = NEGATIVES[node.op];
  const held = holds(node.field, negated ?? node.op, node.value, facts(node.field));
  return { value: negated === undefined ? held : !held, leaf: path };
}

/** The first child that decides a list, else the last one. */
function first(nodes: readonly StoredCondition[], path: string, decisive: boolean, facts: ConditionFacts): Verdict {
  let last: string | null = null;
  for (const [i, node] of nodes.entries()) {
    const verdict = evaluateCondition(node, facts, `${path}/${i}`);
    if (verdict.value === decisive) return verdict;
    last = verdict.leaf;
  }
  return { value: !decisive, leaf: last };
}

function holds(field: string, op: string, wanted: unknown, found: unknown): boolean {
  if (isMissing(found)) return false;
  switch (op) {
    case 'is_set':
      return true;
    case 'is':
      return equal(field, found, wanted);
    case 'in':
      return listOf(wanted).some((each) => equal(field, found, each));
    case 'at_least':
      return rank(found) >= rank(wanted);
    case 'at_most':
      return rank(found) <= rank(wanted);
    case 'has':
    case 'has_any':
      return listOf(wanted).some((each) => listOf(found).includes(each));
    case 'has_all':
      return listOf(wanted).every((each) => listOf(found).includes(each));
    case 'between': {
      const [low, high] = listOf(wanted);
      return compare(found, low) >= 0 && compare(found, high) <= 0;
    }
    case 'eq':
      return compare(found, wanted) === 0;
    case 'gt':
      return compare(found, wanted) > 0;
    case 'gte':
      return compare(found, wanted) >= 0;
    case 'lt':
      return compare(found, wanted) < 0;
    case 'lte':
      return compare(found, wanted) <= 0;
    default:
      return listOf(found).some((each) => holdsText(op, foldText(String(each)), wanted));
  }
}

function holdsText(op: string, text: string, wanted: unknown): boolean {
  const [one = ''] = listOf(wanted).map((each) => foldText(String(each)));
  if (op === 'contains') return text.includes(one);
  if (op === 'contains_any') return listOf(wanted).some((each) => text.includes(foldText(String(each))));
  if (op === 'contains_word') return containsWord(text, one);
  if (op === 'starts_with') return text.startsWith(one);
  if (op === 'ends_with') return text.endsWith(one);
  return op === 'matches' && matchesPattern(text, one);
}

/** Text compares folded, an organisation's domains one by one, everything else exactly. */
function equal(field: string, found: unknown, wanted: unknown): boolean {
  if (
    conditionField(field)?.kind === 'text' ||
    (typeof found === 'string' && conditionField(field)?.kind === 'custom')
  ) {
    return listOf(found).some((each) => foldText(String(each)) === foldText(String(wanted)));
  }
  return found === wanted;
}

const isMissing = (value: unknown): boolean => value === null || value === undefined || value === '';

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);

const PRIORITIES: readonly unknown[] = TICKET_PRIORITIES;
const rank = (priority: unknown): number => PRIORITIES.indexOf(priority);

/** Numbers by size, decimals in text too; dates and times in ISO form by their order as text. */
function compare(a: unknown, b: unknown): number {
  const [x, y] = [Number(a), Number(b)];
  if (Number.isFinite(x) && Number.isFinite(y)) return Math.sign(x - y);
  const [s, t] = [String(a), String(b)];
  return s < t ? -1 : Number(s > t);
}
