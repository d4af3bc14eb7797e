import * as z from 'zod';
import type { FieldError } from '#schema/errors.ts';
import { idProblem } from '#schema/ids.ts';
import type { StoredCondition } from '#schema/tables/sla-shapes.ts';
import {
  type ConditionField,
  type ConditionPlace,
  conditionField,
  knowsOperator,
  NEGATIVES,
} from './condition-fields.ts';

const MAX_DEPTH = 6;
const MAX_NODES = 100;
const MAX_BYTES = 16 * 1024;
const MAX_STARS = 10;
const MAX_PATTERN = 200;

/** The shape of a tree on the wire and in `conditions`; what its leaves say is judged by `checkCondition`. */
export const Condition: z.ZodType<StoredCondition> = z.lazy(() =>
  z.union([
    z.strictObject({ all: z.array(Condition) }),
    z.strictObject({ any: z.array(Condition) }),
    z.strictObject({ not: Condition }),
    z.strictObject({ field: z.string().max(100), op: z.string().max(40), value: z.unknown().optional() }),
  ]),
);

/** Every fault of a tree, `bad_condition` with the pointer of its node. */
export function checkCondition(tree: StoredCondition, place: ConditionPlace, pointer = '/conditions'): FieldError[] {
  if (new TextEncoder().encode(JSON.stringify(tree)).length > MAX_BYTES)
    return [bad(pointer, 'a tree holds at most 16 KiB')];
  const counted = { nodes: 0 };
  const errors = checkNode(tree, place, pointer, 1, counted);
  return counted.nodes > MAX_NODES ? [bad(pointer, `a tree has at most ${MAX_NODES} nodes`)] : errors;
}

/** The fields that a tree reads. */
export function fieldsOf(node: StoredCondition): string[] {
  if ('all' in node) return node.all.flatMap(fieldsOf);
  if ('any' in node) return node.any.flatMap(fieldsOf);
  return 'not' in node ? fieldsOf(node.not) : [node.field];
}

function checkNode(
  node: StoredCondition,
  place: ConditionPlace,
  pointer: string,
  depth: number,
  counted: { nodes: number },
): FieldError[] {
  counted.nodes += 1;
  if (depth > MAX_DEPTH) return [bad(pointer, `a tree is at most ${MAX_DEPTH} levels deep`)];
  const below = (child: StoredCondition, at: string) => checkNode(child, place, at, depth + 1, counted);
  if ('all' in node) return node.all.flatMap((child, i) => below(child, `${pointer}/all/${i}`));
  if ('any' in node) return node.any.flatMap((child, i) => below(child, `${pointer}/any/${i}`));
  if ('not' in node) return below(node.not, `${pointer}/not`);
  const field = conditionField(node.field);
  if (field === undefined) return [bad(`${pointer}/field`, 'unknown field')];
  if (field.places !== undefined && !field.places.includes(place)) {
    return [bad(`${pointer}/field`, 'this field has no value here')];
  }
  if (!knowsOperator(node.field, field, node.op))
    return [bad(`${pointer}/op`, 'this field does not know the operator')];
  const problem = valueProblem(field, NEGATIVES[node.op] ?? node.op, node.value);
  return problem === undefined ? [] : [bad(`${pointer}/value`, problem)];
}

const MANY = new Set(['in', 'has_any', 'has_all', 'contains_any', 'between']);

function valueProblem(field: ConditionField, op: string, value: unknown): string | undefined {
  if (op === 'is_set') return value === undefined ? undefined : 'this operator takes no value';
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (MANY.has(op) !== Array.isArray(value) || values.length === 0) {
    return MANY.has(op) ? 'expected a list' : 'expected one value';
  }
  if (op === 'between' && values.length !== 2) return 'expected the least and the greatest value';
  return values.map((each) => memberProblem(field, op, each)).find((problem) => problem !== undefined);
}

function memberProblem({ kind, values, prefix }: ConditionField, op: string, value: unknown): string | undefined {
  if (kind === 'custom') {
    return ['string', 'number', 'boolean'].includes(typeof value)
      ? undefined
      : 'expected text, a number, true or false';
  }
  if (typeof value !== 'string' || value === '') return 'expected text';
  if (prefix !== undefined) return idProblem(prefix, value)?.detail;
  if (values !== undefined) return values.includes(value) ? undefined : `expected one of ${values.join(', ')}`;
  if (op !== 'matches') return undefined;
  const stars = value.split('*').length - 1;
  return stars > MAX_STARS || value.length > MAX_PATTERN
    ? `at most ${MAX_STARS} stars and ${MAX_PATTERN} characters`
    : undefined;
}

const bad = (pointer: string, detail: string): FieldError => ({ in: 'body', pointer, code: 'bad_condition', detail });
