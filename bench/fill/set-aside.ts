import type pg from 'pg';

/** What a fill inserts into by the million. */
const TABLES = [
  'contacts',
  'contact_emails',
  'tickets',
  'ticket_messages',
  'ticket_activity',
  'ticket_search',
  'ticket_tag_links',
  'ticket_shares',
  'ticket_participants',
  'ticket_sla',
  'ticket_sla_clocks',
  'sla_timers',
];

/**
 * Runs a fill without the indexes and foreign keys that it would keep up to date row by row, and builds those indexes at
 * its end. What it leaves behind is denser than what years of changes leave.
 */
export async function withIndexesSetAside(
  client: pg.Client,
  say: (line: string) => void,
  fill: () => Promise<void>,
): Promise<void> {
  const { rows } = await client.query<{ name: string; definition: string }>(
    `select format('%I.%I', n.nspname, c.relname) as name, pg_get_indexdef(i.indexrelid) as definition
     from pg_index i join pg_class c on c.oid = i.indexrelid join pg_namespace n on n.oid = c.relnamespace
     where i.indrelid = any ($1::regclass[]) and not exists (select from pg_constraint k where k.conindid = i.indexrelid)`,
    [TABLES],
  );
  await client.query(`set session_replication_role = replica; drop index ${rows.map(({ name }) => name).join(', ')}`);
  await fill();
  say(`  ${rows.length} indexes`);
  await client.query(`set session_replication_role = origin; set maintenance_work_mem = '1GB'`);
  for (const { definition } of rows) await client.query(definition);
  await client.query('reset maintenance_work_mem');
}
