import type { A_Expr, Node } from 'libpg-query';
import { shapeOf, stringsOf } from './statements.ts';

/**
 * Whether every row that a check lets pass also passes `after`. It judges by form alone: equal parts, larger value sets,
 * wider bounds, fewer conditions joined by `and`, more joined by `or`. What it cannot prove it denies. A null condition
 * passes a check, and each of these steps keeps that.
 */
export function checkWidens(before: Node, after: Node): boolean {
  if (shapeOf(before) === shapeOf(after)) return true;
  const all = argsOf(after, 'AND_EXPR');
  if (all !== undefined) return all.every((part) => checkWidens(before, part));
  const each = argsOf(before, 'OR_EXPR');
  if (each !== undefined) return each.every((part) => checkWidens(part, after));
  const some = argsOf(before, 'AND_EXPR');
  if (some?.some((part) => checkWidens(part, after))) return true;
  const any = argsOf(after, 'OR_EXPR');
  if (any !== undefined) return any.some((part) => checkWidens(before, part));
  return setGrows(before, after) || boundsGrow(before, after);
}

function argsOf(node: Node, operator: 'AND_EXPR' | 'OR_EXPR'): Node[] | undefined {
  return 'BoolExpr' in node && node.BoolExpr.boolop === operator ? node.BoolExpr.args : undefined;
}

function setGrows(before: Node, after: Node): boolean {
  const [old, next] = [valueSetOf(before), valueSetOf(after)];
  if (old === undefined || next === undefined || old.form !== next.form || old.of !== next.of) return false;
  return [...old.values].every((value) => next.values.has(value));
}

/** The values that `column in (…)`, `column = any (array[…])`, `column = …` or `column <@ array[…]` allows. */
export function valueSetOf(node: Node): { form: 'one' | 'some'; of: string; values: Set<string> } | undefined {
  if (!('A_Expr' in node)) return undefined;
  const { kind, lexpr, rexpr } = node.A_Expr;
  const name = operatorOf(node.A_Expr);
  if (lexpr === undefined || rexpr === undefined) return undefined;
  const form = kind === 'AEXPR_OP' && name === '<@' ? 'some' : 'one';
  const listed = form === 'some' || ((kind === 'AEXPR_IN' || kind === 'AEXPR_OP_ANY') && name === '=');
  if (!listed && !(kind === 'AEXPR_OP' && name === '=')) return undefined;
  const values = (listed ? elementsOf(rexpr) : [rexpr]).map(textOf);
  if (values.length === 0 || values.some((value) => value === undefined)) return undefined;
  return { form, of: shapeOf(bare(lexpr)), values: new Set(values.filter((value) => value !== undefined)) };
}

function elementsOf(node: Node): Node[] {
  const inner = bare(node);
  if ('List' in inner) return inner.List.items ?? [];
  return 'A_ArrayExpr' in inner ? (inner.A_ArrayExpr.elements ?? []) : [];
}

function textOf(node: Node): string | undefined {
  const inner = bare(node);
  return 'A_Const' in inner ? inner.A_Const.sval?.sval : undefined;
}

const bare = (node: Node): Node =>
  'TypeCast' in node && node.TypeCast.arg !== undefined ? bare(node.TypeCast.arg) : node;

function boundsGrow(before: Node, after: Node): boolean {
  const [old, next] = [boundsOf(before), boundsOf(after)];
  if (old === undefined || next === undefined || old.of !== next.of) return false;
  return next.min <= old.min && next.max >= old.max;
}

function boundsOf(node: Node): { of: string; min: number; max: number } | undefined {
  if (!('A_Expr' in node) || node.A_Expr.lexpr === undefined || node.A_Expr.rexpr === undefined) return undefined;
  const { kind, lexpr, rexpr } = node.A_Expr;
  const name = operatorOf(node.A_Expr);
  const of = shapeOf(lexpr);
  if (kind === 'AEXPR_BETWEEN') {
    const [min, max] = elementsOf(rexpr).map(integerOf);
    return min === undefined || max === undefined ? undefined : { of, min, max };
  }
  const limit = integerOf(rexpr);
  if (kind !== 'AEXPR_OP' || limit === undefined) return undefined;
  if (name === '<=') return { of, min: Number.NEGATIVE_INFINITY, max: limit };
  return name === '>=' ? { of, min: limit, max: Number.POSITIVE_INFINITY } : undefined;
}

/** The parser leaves a zero out, as protocol buffers do. */
const integerOf = (node: Node): number | undefined =>
  'A_Const' in node && node.A_Const.ival !== undefined ? (node.A_Const.ival.ival ?? 0) : undefined;

const operatorOf = (expression: A_Expr): string => stringsOf(expression.name).at(-1) ?? '';
