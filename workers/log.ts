/** One line of JSON per failure. The log tells everything; the caller is told the request id. */
export function logFailure(message: string, error: unknown, facts: Record<string, unknown> = {}): void {
  console.error(JSON.stringify({ level: 'error', message, ...facts, ...describe(error) }));
}

export function logNotice(message: string, facts: Record<string, unknown> = {}): void {
  console.log(JSON.stringify({ level: 'info', message, ...facts }));
}

function describe(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { error: String(error) };
  const { code, constraint, table, column } = error as Error & Record<string, unknown>;
  return { error: error.message, name: error.name, code, constraint, table, column, stack: error.stack };
}
