/** One broken rule of the chain: the file that breaks it, the statement where there is one, and why. */
export interface Problem {
  proof: 'journal' | 'P1' | 'P2' | 'drift' | 'database';
  file: string;
  reason: string;
  statement?: string;
}

/** One line for a terminal: `P2 0003_x.sql: drop column is refused: alter table …`. */
export function formatProblem(problem: Problem): string {
  const where = `${problem.proof} ${problem.file}: ${problem.reason}`;
  return problem.statement === undefined ? where : `${where}: ${excerpt(problem.statement)}`;
}

function excerpt(statement: string): string {
  const line = statement.replaceAll(/\s+/g, ' ').trim();
  return line.length > 160 ? `${line.slice(0, 159)}…` : line;
}
