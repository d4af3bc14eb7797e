import { type SQL, sql } from 'drizzle-orm';
import pg from 'pg';
import { rowsTouched } from '#bench/rows-touched.ts';
import type { TicketFilter } from '#schema/api/ticket-filter.ts';
import { idToUuid } from '#schema/ids.ts';
import { authorityCte } from '#services/access/authority-sql.ts';
import { type Credential, parseApiKey } from '#services/access/credential.ts';
import { PERMISSION_KEYS } from '#services/access/permissions.ts';
import { visible } from '#services/access/visible.ts';
import { rows } from '#services/kernel/query.ts';
import { listLoad } from '#services/tickets/list-tickets.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { testKernel } from './kernel.ts';
import { fillTickets } from './many-tickets.ts';
import { createWorld, type World } from './world.ts';

/** Who asks: the owner sees everything, the agent has one team and takes part in some. */
export const CALLERS = ['owner', 'agent'] as const;

/** Many tickets with tags that few, some or half of them have, and what a list of them costs and must hold. */
export async function openManyLists(count: number, limit: number) {
  const db: TestDatabase = await createTestDatabase();
  const world: World = await createWorld(db);
  await fillTickets(db, world, count, 8);
  await db.query(`
    with made as (insert into ticket_tags (name) values ('rare'), ('spread'), ('mass') returning id, name)
    insert into ticket_tag_links (ticket_id, tag_id)
      select t.id, m.id from made m join tickets t on t.number % case m.name when 'rare' then 997 when 'spread' then 61 else 2 end = 1`);
  await db.query(`update ticket_search set doc = doc || search_doc('sometimes')
    where ticket_id in (select id from tickets where last_activity_at::date - date '2026-01-01' > 3 and number % 12 = 3)`);
  await db.query('vacuum analyze ticket_tag_links, ticket_search');
  const tokens: Record<string, string> = {
    owner: (await world.keyFor(PERMISSION_KEYS)).token,
    agent: (await world.keyFor(PERMISSION_KEYS, { creator: world.agent })).token,
  };
  const client = new pg.Client({ connectionString: db.url });
  await client.connect();

  function credentialOf(who: string): Credential {
    const credential = parseApiKey(tokens[who] ?? '', null);
    if (credential === undefined) throw new TypeError('a test key parses');
    return credential;
  }
  function loadOf(who: string, filter: Partial<TicketFilter>, most = limit) {
    const { now, keys } = testKernel(db.url);
    const input = { filter: { sort: '-lastActivity', ...filter } as TicketFilter, limit: most, cursor: undefined };
    return listLoad(input, { auth: authorityCte(credentialOf(who), now), keys }, 'test');
  }
  return {
    db,
    world,
    client,
    loadOf,
    /** The ids of a page and of one ticket more. */
    async pageOf(who: string, filter: Partial<TicketFilter>, most = limit): Promise<string[]> {
      const { hints, found } = loadOf(who, filter, most);
      const [, page] = await testKernel(db.url).db.batch([hints, found], { kind: 'load' });
      return page.map(({ ticket }) => idToUuid(ticket.id));
    },
    /** What such a page must be, without ways and rounds: all in sight that fits, sorted. */
    async sorted(who: string, where: SQL, most: number, order = 'last_activity_at desc, tickets.id desc') {
      const kernel = testKernel(db.url);
      const query = rows<{ id: string }>(sql`with ${authorityCte(credentialOf(who), kernel.now)}
        select tickets.id from tickets where ${visible()} and ${where} order by ${sql.raw(order)} limit ${most + 1}`);
      const [found] = await kernel.db.batch([query], { kind: 'load' });
      return found.map(({ id }) => id);
    },
    /** Rows of a table that were read, or entries of its indexes: the page is read once more by what is joined to it. */
    async rowsOf(table: string, who: string, filter: Partial<TicketFilter>): Promise<number> {
      const { hints, found } = loadOf(who, filter);
      const { index, heap } = await rowsTouched(client, found, { before: hints, table });
      return Math.max(index, heap);
    },
    async close(): Promise<void> {
      await client.end();
      await db.drop();
    },
  };
}

export type ManyLists = Awaited<ReturnType<typeof openManyLists>>;

export const tagged = (name: string): SQL =>
  sql`exists (select from ticket_tag_links l join ticket_tags g on g.id = l.tag_id where l.ticket_id = tickets.id and g.name = ${name})`;

export const holding = (word: string): SQL =>
  sql`exists (select from ticket_search d where d.ticket_id = tickets.id and d.doc @@ to_tsquery('simple', ${word}))`;
