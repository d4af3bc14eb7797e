import { inArray, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tickets } from '#schema/index.ts';
import { type Authority, authorityQuery } from '#services/access/authority.ts';
import { authorityCte } from '#services/access/authority-sql.ts';
import { ticketArm, ticketDenial } from '#services/access/can.ts';
import { parseApiKey } from '#services/access/credential.ts';
import type { Permission } from '#services/access/permissions.ts';
import { visible } from '#services/access/visible.ts';
import { qb, statementWith } from '#services/kernel/query.ts';
import { type AccessDesk, openAccessDesk } from '#tests/support/access-desk.ts';
import { accessVectors, buildVectorWorld, TICKET_ACTIONS, type VectorWorld } from '#tests/support/access-vectors.ts';
import { testKernel } from '#tests/support/kernel.ts';

let desk: AccessDesk;
beforeAll(async () => {
  desk = await openAccessDesk();
});
afterAll(() => desk.close());

/** Actions that the API has so far, each as a request that changes nothing. */
const PROBES: Partial<Record<Permission, (id: string) => { method: 'patch' | 'post'; path: string; body: unknown }>> = {
  'ticket.edit_fields': (id) => ({ method: 'patch', path: `/tickets/${id}`, body: { priority: 'urgent' } }),
  'ticket.change_status': (id) => ({
    method: 'post',
    path: `/tickets/${id}/transition`,
    body: { category: 'pending' },
  }),
  'ticket.comment_internal': (id) => ({
    method: 'post',
    path: `/tickets/${id}/messages`,
    body: { audience: 'internal', body: 'Looking into it.' },
  }),
  'ticket.reply_public': (id) => ({
    method: 'post',
    path: `/tickets/${id}/messages`,
    body: { audience: 'public', body: 'We are looking into it.' },
  }),
};

describe.each(accessVectors())('%s', (_name, vector) => {
  let built: VectorWorld;
  let held: Map<string, { authority: Authority | undefined; sees: Set<string> }>;
  beforeAll(async () => {
    built = await buildVectorWorld(desk.world, vector);
    const among = [...built.tickets.values()].map(({ id }) => id);
    held = new Map();
    for (const [who, token] of built.tokens) {
      const now = new Date();
      const credential = parseApiKey(token, null);
      if (credential === undefined) throw new TypeError('a test key parses');
      const list = statementWith(
        authorityCte(credential, now),
        qb
          .select({ id: tickets.id })
          .from(tickets)
          .where(sql`${inArray(tickets.id, among)} and ${visible()}`),
      );
      const [found, rows] = await testKernel(desk.db.url, now).db.batch([authorityQuery(credential, now), list], {
        kind: 'load',
      });
      const authority = found === undefined || 'refusal' in found ? undefined : found;
      held.set(who, { authority, sees: new Set(rows.map(({ id }) => id)) });
    }
  });

  test.each(vector.answers.map((answer) => [`${answer.who}, ${answer.ticket}: ${answer.level}`, answer] as const))(
    '%s',
    async (_title, { who, ticket: name, level, may, not }) => {
      const ticket = built.tickets.get(name);
      const caller = held.get(who);
      if (ticket === undefined || caller === undefined) throw new TypeError(`${who} or ${name} is not in the world`);
      const { authority, sees } = caller;
      const seen = ticket.deleted || authority === undefined ? undefined : ticketArm(authority, ticket.facts);
      expect(seen?.level ?? null, 'can').toBe(level);
      expect(sees.has(ticket.id), 'visible').toBe(level !== null);

      const allowed = may === 'all' ? TICKET_ACTIONS : may;
      const denials = Object.fromEntries(
        TICKET_ACTIONS.map((key) => [
          key,
          seen === undefined || authority === undefined ? 'not_found' : ticketDenial(authority, key, ticket.facts),
        ]),
      );
      expect(TICKET_ACTIONS.filter((key) => denials[key] === undefined)).toEqual(
        TICKET_ACTIONS.filter((key) => allowed.includes(key)),
      );
      expect(denials).toMatchObject(not);

      const rest = desk.as(built.tokens.get(who) ?? '');
      const unseen = authority === undefined ? 401 : 404;
      const reads = await rest.get(`/tickets/${ticket.id}`);
      expect(reads.status).toBe(level === null ? unseen : 200);
      for (const [key, probe] of Object.entries(PROBES)) {
        const { method, path, body } = probe(ticket.id);
        const { status, body: answer } = await rest[method](`${path}?dryRun=true`, body);
        const denied = denials[key];
        if (level === null) expect(status, key).toBe(unseen);
        else expect([status, answer.reason], key).toEqual(denied === undefined ? [200, undefined] : [403, denied]);
      }
    },
  );
});
