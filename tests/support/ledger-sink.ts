import { sql } from 'drizzle-orm';
import type { Sink, SinkName } from '#services/kernel/sink.ts';
import type { TestDatabase } from './database.ts';

/**
 * A sink whose only effect is a row in `sink_ledger`, without a key that would hide doubles. An event whose payload says
 * `{"poison": "<name>"}` makes its statement fail, as bad data would.
 */
export const ledgerSink = (name: SinkName, acting = false): Sink => ({
  name,
  acting,
  resolve: () => sql`
    noted as (insert into sink_ledger (sink, event_id, position)
      select ${name}, id, position / case when payload ->> 'poison' = ${name} then 0 else 1 end from slice),
    wakes as (select 'events' as queue, 'events' as kind, public.to_typeid('evt', id) as id from slice limit 1),
    follow_up as (select null::jsonb as item where false)`,
});

export const makeLedger = (db: TestDatabase): Promise<unknown> =>
  db.query(`create table sink_ledger (sink text, event_id uuid, position bigint)`);

export async function ledgerOf(db: TestDatabase, sink: SinkName): Promise<string[]> {
  const rows = await db.query<{ id: string }>(
    `select to_typeid('evt', event_id) as id from sink_ledger where sink = $1 order by position`,
    [sink],
  );
  return rows.map(({ id }) => id);
}
