import { type SQL, sql } from 'drizzle-orm';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fillPeople } from '#bench/fill/people.ts';
import { buffersOf, explain } from '#bench/plan.ts';
import { uuidToId } from '#schema/ids.ts';
import { authorityQuery, authorityUnchanged } from '#services/access/authority.ts';
import { memberRows } from '#services/access/authority-sql.ts';
import { parseApiKey } from '#services/access/credential.ts';
import { memberAuthorityQuery } from '#services/access/member-authority.ts';
import { viewersOf } from '#services/access/viewers-of.ts';
import { rows, run, type Statement } from '#services/kernel/query.ts';
import { createTestDatabase, type TestDatabase } from '#tests/support/database.ts';
import { testKernel } from '#tests/support/kernel.ts';
import { createWorld } from '#tests/support/world.ts';

const NOW = new Date();
/** A page of each level of each index that is walked, and of each row; nothing that grows with the desk. */
const MOST_PAGES = { agent: 50, fiftyGrants: 80 };
const LARGE = [
  'principal',
  'api_keys',
  'principal_role_assignments',
  'team_memberships',
  'inbox_memberships',
  'teams',
  'ticket_shares',
  'ticket_participants',
];

let db: TestDatabase;
let client: pg.Client;
let tokens: Awaited<ReturnType<typeof fillPeople>>;

beforeAll(async () => {
  db = await createTestDatabase();
  client = new pg.Client({ connectionString: db.url });
  await client.connect();
  tokens = await fillPeople(client, testKernel(db.url, NOW));
  await client.query('vacuum analyze');
}, 60_000);
afterAll(async () => {
  await client.end();
  await db.drop();
});

function credentialOf(token: string) {
  const credential = parseApiKey(token, null);
  if (credential === undefined) throw new TypeError('a filled key parses');
  return credential;
}

const send = ({ text, params }: Statement) => client.query({ text, values: [...params] });

/** How often each large table was read from end to end by a statement, its functions included. */
async function sequentialScans(statement: Statement): Promise<Record<string, number>> {
  const scans = async (): Promise<Record<string, number>> => {
    const counted = await client.query<{ relname: string; seq_scan: string }>(
      'select relname, seq_scan from pg_stat_xact_user_tables where relname = any ($1)',
      [LARGE],
    );
    return Object.fromEntries(counted.rows.map(({ relname, seq_scan }) => [relname, Number(seq_scan)]));
  };
  await client.query('begin');
  try {
    const before = await scans();
    await send(statement);
    const after = Object.entries(await scans()).map(([table, times]) => [table, times - (before[table] ?? 0)] as const);
    return Object.fromEntries(after.filter(([, times]) => times > 0));
  } finally {
    await client.query('rollback');
  }
}

describe('with 10,000 members, 500 teams and 500 keys', () => {
  test.each([
    ['an agent in ten teams', 'agentToken', MOST_PAGES.agent],
    ['fifty grants', 'grantedToken', MOST_PAGES.fiftyGrants],
  ] as const)('the authority of %s reads a bounded number of pages, none of them in a scan', async (_, token, most) => {
    const statement = authorityQuery(credentialOf(tokens[token]), NOW);
    await send(statement);
    const { Plan } = await explain(client, statement);
    expect(buffersOf(Plan)).toBeGreaterThan(10);
    expect(buffersOf(Plan)).toBeLessThanOrEqual(most);
    expect(await sequentialScans(statement)).toEqual({});
  });

  test('the authority of another member is read by index too', async () => {
    const member = await client.query<{ id: string }>('select id from bench_member where n = 1');
    const statement = memberAuthorityQuery(uuidToId('prin', member.rows[0]?.id ?? ''), NOW);
    await send(statement);
    expect(buffersOf((await explain(client, statement)).Plan)).toBeLessThanOrEqual(MOST_PAGES.agent);
    expect(await sequentialScans(statement)).toEqual({});
  });

  test('a connection plans it once: the statements that ask for it are planned in few pages of the catalogue', async () => {
    const credential = credentialOf(tokens.agentToken);
    for (const statement of [authorityQuery(credential, NOW), run(authorityUnchanged(credential, NOW, 'another'))])
      expect(statement.text.length).toBeLessThan(500);
    const plans = await client.query<{ name: string }>(
      `select p.proname as name from pg_proc p where (p.proname like 'authority\\_of\\_%' or p.proname = 'sign_in')
       and (p.provolatile <> 's' or p.prosecdef or not 'plan_cache_mode=force_generic_plan' = any (p.proconfig))`,
    );
    expect(plans.rows).toEqual([]);
  });

  test('the viewers of a ticket among all members are found in one statement, each table scanned a few times at most', async () => {
    const world = await createWorld(db);
    const team = await client.query<{ id: string }>('select id from bench_team where n = 3');
    const ticket = await world.ticket({ primaryTeamId: uuidToId('team', team.rows[0]?.id ?? '') });
    const everybody: SQL = sql`select id from principal where member_state = 'active'`;
    const statement = rows<{ holder_id: string }>(viewersOf(ticket.id, memberRows(everybody), NOW));
    const found = (await send(statement)).rows as { holder_id: string }[];
    const inTeam = await client.query<{ principal_id: string }>(
      'select principal_id from team_memberships m join bench_team t on t.id = m.team_id where t.n = 3',
    );
    const seen = new Set(found.map(({ holder_id }) => holder_id));
    expect(inTeam.rows.length).toBeGreaterThan(20);
    expect(inTeam.rows.filter(({ principal_id }) => !seen.has(principal_id))).toEqual([]);
    expect(seen.size).toBeLessThan(inTeam.rows.length + 5);
    const scans = Object.entries(await sequentialScans(statement));
    expect(scans.filter(([, times]) => times > 2)).toEqual([]);
  });
});
