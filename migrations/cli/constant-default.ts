import type { Node } from 'libpg-query';

/**
 * Whether a default is one literal, bare, cast or in an array: Postgres then keeps it in the catalogue and an added column
 * rewrites nothing. A function is never constant here, not even a stable one.
 */
export function isConstant(node: Node): boolean {
  if ('A_Const' in node) return true;
  if ('TypeCast' in node) return node.TypeCast.arg !== undefined && isConstant(node.TypeCast.arg);
  if ('A_ArrayExpr' in node) return (node.A_ArrayExpr.elements ?? []).every(isConstant);
  return false;
}

/** Whether the literal is null, bare or cast. */
export function isNull(node: Node): boolean {
  if ('TypeCast' in node) return node.TypeCast.arg !== undefined && isNull(node.TypeCast.arg);
  return 'A_Const' in node && node.A_Const.isnull === true;
}
