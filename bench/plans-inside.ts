import type pg from 'pg';
import type { Statement } from '#services/kernel/query.ts';

/** The plans of the statements inside the functions that a statement calls, where the server lets us see them. */
export async function plansInside(client: pg.Client, statement: Statement): Promise<string> {
  const { rows: who } = await client.query<{ usesuper: boolean }>(
    'select usesuper from pg_user where usename = current_user',
  );
  if (who[0]?.usesuper !== true) return '';
  const plans: string[] = [];
  const keep = ({ message }: { message?: string | undefined }): void => void plans.push(`${message ?? ''}\n`);
  await client.query(`load 'auto_explain'; set auto_explain.log_min_duration = 0; set auto_explain.log_nested_statements = on;
    set auto_explain.log_analyze = on; set auto_explain.log_buffers = on; set client_min_messages = log`);
  client.on('notice', keep);
  await client.query({ text: statement.text, values: [...statement.params] });
  client.off('notice', keep);
  await client.query('reset client_min_messages; set auto_explain.log_min_duration = -1');
  return plans.slice(0, -1).join('\n');
}
