import type pg from 'pg';
import { type DemoMember, makeWorkspace } from '#local/demo/people.ts';
import { makePromises } from '#local/demo/promises.ts';
import type { Kernel } from '#services/kernel/run-verb.ts';
import { fillCustomers } from './customers.ts';
import { type BenchPeople, fillPeople } from './people.ts';
import { withIndexesSetAside } from './set-aside.ts';
import { fillTickets } from './tickets.ts';

export interface FilledDesk extends BenchPeople {
  owner: DemoMember;
  tickets: number;
  contacts: number;
  messages: number;
  openClocks: number;
}

/** The demo workspace with its promises, then members, teams and tickets in sets; at the end the planner knows all of it. */
export async function fillDesk(
  client: pg.Client,
  kernel: Kernel,
  tickets: number,
  say: (line: string) => void,
): Promise<FilledDesk> {
  const [owner] = (await makeWorkspace(kernel)).members;
  if (owner === undefined) throw new TypeError('a workspace has an owner');
  await makePromises(kernel, owner.credential);
  await client.query(`set synchronous_commit = off; set time zone 'UTC'`);
  const people = await fillPeople(client, kernel);
  let contacts = 0;
  await withIndexesSetAside(client, say, async () => {
    contacts = await fillCustomers(client, tickets);
    await fillTickets(client, tickets, say);
  });
  say('  vacuum and analyze');
  await client.query('vacuum analyze');
  await client.query('reset synchronous_commit');
  const { rows } = await client.query<{ messages: number; clocks: number }>(`select
    (select count(*) from ticket_messages)::int as messages,
    (select count(*) from ticket_sla_clocks where state in ('running', 'paused'))::int as clocks`);
  return { ...people, owner, tickets, contacts, messages: rows[0]?.messages ?? 0, openClocks: rows[0]?.clocks ?? 0 };
}
