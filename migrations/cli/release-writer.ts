import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { isPassing } from './retry.ts';

/** As many tries as the kernel makes, and its longest pause between two. */
const TRIES = 3;
const LONGEST_PAUSE_MS = 100;
const PAUSE_MS = 30;
/** Above every number that sample rows have. */
const FIRST_NUMBER = 1_000_000;

export interface WriterReport {
  commits: number;
  retries: number;
  errors: string[];
}

/**
 * Goes on writing as a Worker of an older release does while a database is migrated: people, and with the tables of that
 * release tickets and events, each commit guarded by a revision. No statement of it may take more than 2 s.
 */
export async function startReleaseWriter(
  url: string,
  tables: readonly string[],
): Promise<{ stop(): Promise<WriterReport> }> {
  const client = new pg.Client({ connectionString: url, statement_timeout: 2_000 });
  await client.connect();
  const report: WriterReport = { commits: 0, retries: 0, errors: [] };
  const statements = tables.includes('tickets') && tables.includes('events') ? [...PEOPLE, ...TICKETS] : PEOPLE;
  let stopped = false;
  const done = (async () => {
    for (let number = FIRST_NUMBER; !stopped; number += 1) {
      await commit(client, statements, number, report);
      await sleep(PAUSE_MS);
    }
    await client.end();
  })();
  return {
    async stop() {
      stopped = true;
      await done;
      return report;
    },
  };
}

async function commit(
  client: pg.Client,
  statements: readonly string[],
  number: number,
  report: WriterReport,
): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await client.query(
        ['begin', ...statements.map((statement) => statement.replaceAll('$number', String(number))), 'commit'].join(
          ';\n',
        ),
      );
      report.commits += 1;
      return;
    } catch (error) {
      await client.query('rollback').catch(() => undefined);
      if (!isPassing(error) || attempt === TRIES) {
        report.errors.push(error instanceof Error ? error.message : String(error));
        return;
      }
      report.retries += 1;
      await sleep(Math.random() * LONGEST_PAUSE_MS);
    }
  }
}

const PEOPLE = [
  `insert into "user" (email) values ('writer-$number@example.com')`,
  `insert into principal (type, user_id, display_name) select 'user', id, 'Writer' from "user" where email = 'writer-$number@example.com'`,
  `with w as (
     update principal set display_name = 'Writer $number', revision = revision + 1, version = version + 1, updated_at = now()
     where user_id = (select id from "user" where email = 'writer-$number@example.com') and revision = 1 returning 1)
   select require_rows((select count(*) from w), 1, 'principal')`,
];

const TICKETS = [
  `insert into tickets (number, subject, status_id, status_category, last_activity_at, last_public_at)
   select $number, 'Writer', id, category, now(), now() from ticket_statuses where category = 'open' limit 1`,
  `with w as (
     update tickets set priority = 'high', revision = revision + 1, version = version + 1, event_seq = event_seq + 1
     where number = $number and revision = 1 returning 1)
   select require_rows((select count(*) from w), 1, 'ticket')`,
  `insert into events (type, schema_version, entity_type, entity_id, entity_seq, actor_kind, surface, payload, occurred_at)
   select 'ticket.updated', '2026-11-25', 'ticket', id, 1, 'user', 'api', '{}', now() from tickets where number = $number`,
];
