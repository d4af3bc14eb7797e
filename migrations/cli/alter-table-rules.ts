import type { AlterTableCmd, AlterTableStmt, ColumnDef, Constraint } from 'libpg-query';
import {
  type ChainState,
  constraintsOf,
  hasUnenforced,
  noteColumn,
  noteConstraint,
  type TableState,
  tableName,
} from './chain-state.ts';
import { checkWidens } from './check-widens.ts';
import { isConstant, isNull } from './constant-default.ts';

/** The reasons why an `alter table` is refused; none means it only adds. What it adds is filed in the state. */
export function alterTableRefusals(state: ChainState, statement: AlterTableStmt, idx: number): string[] {
  if (statement.objtype !== 'OBJECT_TABLE') return [`alter of ${statement.objtype ?? 'an unknown object'}`];
  if (statement.missing_ok === true) return ['"if exists" hides what is missing'];
  const table = state.tables.get(tableName(statement.relation) ?? '');
  if (table === undefined) return ['alters a table that no file creates'];
  if (hasUnenforced(statement)) return ['a constraint that is not enforced proves nothing'];
  const commands = (statement.cmds ?? []).flatMap((node) => ('AlterTableCmd' in node ? [node.AlterTableCmd] : []));
  return commands.flatMap((command) => commandRefusals(state, table, command, commands, idx));
}

function commandRefusals(
  state: ChainState,
  table: TableState,
  command: AlterTableCmd,
  all: readonly AlterTableCmd[],
  idx: number,
): string[] {
  const { subtype, def, name = '' } = command;
  const older = table.madeBy < idx;
  switch (subtype) {
    case 'AT_AddColumn': {
      if (def === undefined || !('ColumnDef' in def)) return ['an unreadable column'];
      const refusals = older ? olderColumnRefusals(def.ColumnDef) : [];
      if (command.missing_ok === true) refusals.push('"if not exists" hides a column of another shape');
      noteColumn(state, table, def.ColumnDef, idx);
      return refusals;
    }
    case 'AT_AddConstraint': {
      if (def === undefined || !('Constraint' in def)) return ['an unreadable constraint'];
      const refusals = constraintRefusals(def.Constraint, older);
      const replaces = all.some(
        (other) => other.subtype === 'AT_DropConstraint' && other.name === def.Constraint.conname,
      );
      if (replaces) refusals.push(...replacementRefusals(table, def.Constraint));
      noteConstraint(state, table, def.Constraint, idx);
      return refusals;
    }
    case 'AT_DropConstraint':
      return all.some((other) => addsCheck(other, name)) ? [] : [`drops constraint ${name}`];
    case 'AT_ValidateConstraint': {
      const addedBy = table.unproven.get(name);
      if (addedBy === undefined) return [`validates ${name}, which no file added not valid`];
      if (addedBy === idx)
        return [`validates ${name} in the file that adds it: the lock would last as long as the reading`];
      table.unproven.delete(name);
      return [];
    }
    case 'AT_SetRelOptions':
      return older ? ['sets storage parameters of an older table'] : [];
    default:
      return [`${(subtype ?? 'an unknown command').replace('AT_', '')} is not on the allow-list`];
  }
}

/** An added column must leave the rows as they are: nullable, or with one constant for all of them. */
function olderColumnRefusals(column: ColumnDef): string[] {
  const constraints = constraintsOf(column);
  const given = constraints.find(({ contype }) => contype === 'CONSTR_DEFAULT')?.raw_expr;
  const constant = given !== undefined && isConstant(given);
  const filled = constant && !isNull(given);
  const refusals: string[] = [];
  if (given !== undefined && !constant) refusals.push('a default on an older table that is no constant');
  const type = (column.typeName?.names ?? [])
    .flatMap((node) => ('String' in node ? [node.String.sval ?? ''] : []))
    .at(-1);
  if (/^(small|big)?serial\d?$/.test(type ?? '')) refusals.push('a serial column on an older table');
  for (const constraint of constraints) {
    if (constraint.contype === 'CONSTR_NOTNULL' && !filled)
      refusals.push('a not-null column without a constant default');
    if (constraint.contype === 'CONSTR_GENERATED' && constraint.generated_kind !== 'v') {
      refusals.push('a stored generated column on an older table rewrites it');
    }
    if (constraint.contype === 'CONSTR_IDENTITY') refusals.push('an identity column on an older table rewrites it');
    if (constraint.contype === 'CONSTR_CHECK')
      refusals.push('a check inline with a column of an older table: add it not valid');
    if (constraint.contype === 'CONSTR_FOREIGN' && filled) {
      refusals.push('a foreign key inline with a filled column reads the whole table: add it not valid');
    }
    if (['CONSTR_PRIMARY', 'CONSTR_UNIQUE', 'CONSTR_EXCLUSION'].includes(constraint.contype ?? '')) {
      refusals.push('a key inline with a column of an older table builds its index under the lock');
    }
  }
  return refusals;
}

function constraintRefusals(constraint: Constraint, older: boolean): string[] {
  const { contype, skip_validation: unproven } = constraint;
  const checked = contype === 'CONSTR_CHECK' || contype === 'CONSTR_FOREIGN';
  if (!older) return [];
  if (contype === 'CONSTR_NOTNULL') return ['sets not null on an older table'];
  if (!checked) return ['a key on an older table: its index belongs in a concurrently file'];
  if (unproven === true) return [];
  return [`a validated ${contype === 'CONSTR_CHECK' ? 'check' : 'foreign key'} on an older table: add it not valid`];
}

function replacementRefusals(table: TableState, constraint: Constraint): string[] {
  const before = table.checks.get(constraint.conname ?? '');
  if (constraint.contype !== 'CONSTR_CHECK' || constraint.raw_expr === undefined)
    return ['replaces a constraint that is no check'];
  if (before === undefined) return [`replaces ${constraint.conname ?? ''}, which no file adds as a check`];
  return checkWidens(before, constraint.raw_expr)
    ? []
    : [`the new ${constraint.conname ?? 'check'} is not wider than the old one`];
}

function addsCheck({ subtype, def }: AlterTableCmd, name: string): boolean {
  if (subtype !== 'AT_AddConstraint' || def === undefined || !('Constraint' in def)) return false;
  return def.Constraint.contype === 'CONSTR_CHECK' && def.Constraint.conname === name;
}
