import { type SQL, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TicketFilter } from '#schema/api/ticket-filter.ts';
import { idToUuid } from '#schema/ids.ts';
import { CALLERS, holding, type ManyLists, openManyLists, tagged } from '#tests/support/many-lists.ts';

const LIMIT = 50;
/** Of some tickets each, at the ends of a time of 231 days. */
const [BEFORE, EARLY, LATE] = ['2026-01-01T03:00:00.000Z', '2026-01-01T09:00:00.000Z', '2026-08-20T04:00:00.000Z'];

let lists: ManyLists;
let address: string;
beforeAll(async () => {
  lists = await openManyLists(30_000, LIMIT);
  const contact = await lists.world.contact('Ada Park');
  address = contact.email;
  await lists.db.query('update tickets set requester_contact_id = $1 where number % 1000 = 11', [idToUuid(contact.id)]);
  await lists.db.query(`update tickets set custom_fields = '{"plan": "pro"}' where number % 1000 = 13`);
  await lists.db.query('vacuum analyze tickets');
}, 120_000);
afterAll(() => lists.close());

const theirs = () =>
  sql`tickets.requester_contact_id = (select contact_id from contact_emails where email = ${address})`;

/** Where no index holds both the filter and the order, so many tickets are walked, and then what an index holds of one. */
const WALKED = 4000;

test.each([
  ['a rare word, newest first', () => ({ q: 'seldom', sort: '-created' }), () => holding('seldom')],
  ['a common word, oldest first', () => ({ q: 'everywhere', sort: 'created' }), () => holding('everywhere')],
  [
    'a word of none, by urgency',
    () => ({ q: 'nowhere', sort: 'priority', statusCategory: ['open'] }),
    () => sql`false`,
  ],
  [
    'a word of some, waiting',
    () => ({ q: 'sometimes', sort: 'waiting', statusCategory: ['open'] }),
    () => sql`${holding('sometimes')} and is_active`,
  ],
  ['a field, last active first', () => ({ 'field.plan': 'pro' }), () => sql`custom_fields ->> 'plan' = 'pro'`],
  [
    'a field, last active last',
    () => ({ 'field.plan': 'pro', sort: 'lastActivity' }),
    () => sql`custom_fields ->> 'plan' = 'pro'`,
  ],
  ['what is broken', () => ({ slaState: ['breached'] }), () => sql`false`],
  ['who asked', () => ({ requesterEmail: address }), theirs],
  ['who asked, newest first', () => ({ requesterEmail: address, sort: '-created' }), theirs],
  ['an address looked for', () => ({ q: address }), theirs],
  ['a tag, newest first', () => ({ tag: ['spread'], sort: '-created' }), () => tagged('spread')],
  [
    'a queue, by urgency',
    () => ({ team: [lists.world.teams.support], sort: 'priority', statusCategory: ['open'] }),
    () => sql`is_active and primary_team_id = (select id from teams where slug = 'support')`,
  ],
  [
    'nobody’s, waiting',
    () => ({ scope: 'unassigned', sort: 'waiting' }),
    () => sql`is_active and assignee_principal_id is null`,
  ],
  ['no tag, last active last', () => ({ notTag: ['mass'], sort: 'lastActivity' }), () => sql`not ${tagged('mass')}`],
  ['active lately', () => ({ 'activityAt[gte]': LATE }), () => sql`last_activity_at >= ${LATE}::timestamptz`],
  [
    'active long ago',
    () => ({ 'activityAt[lt]': EARLY, 'activityAt[gt]': BEFORE }),
    () => sql`last_activity_at < ${EARLY}::timestamptz and last_activity_at > ${BEFORE}::timestamptz`,
  ],
  [
    'active long ago, that first',
    () => ({ 'activityAt[lte]': EARLY, sort: 'lastActivity' }),
    () => sql`last_activity_at <= ${EARLY}::timestamptz`,
  ],
  ['made lately', () => ({ 'createdAt[gt]': LATE }), () => sql`created_at > ${LATE}::timestamptz`],
  [
    'made long ago, newest first',
    () => ({ 'createdAt[lte]': EARLY, sort: '-created' }),
    () => sql`created_at <= ${EARLY}::timestamptz`,
  ],
  ['who waits', () => ({ needsResponse: true }), () => sql`is_active and customer_waiting_since is not null`],
] satisfies [string, () => Partial<Record<keyof TicketFilter, unknown>>, () => SQL][])(
  'whatever is asked in whatever order, a page holds the first in sight, and is no walk through all of them: %s',
  async (_what, filter, where) => {
    const orders: Record<string, string> = {
      '-created': 'created_at desc, tickets.id desc',
      created: 'created_at, tickets.id',
      lastActivity: 'last_activity_at, tickets.id',
      waiting: 'customer_waiting_since nulls last, tickets.id',
      priority:
        "array_position(array['urgent', 'high', 'normal', 'low'], priority), customer_waiting_since nulls last, tickets.id",
    };
    const asked = filter() as Partial<TicketFilter>;
    for (const who of CALLERS) {
      for (const limit of [1, 60])
        expect(await lists.pageOf(who, asked, limit), `${who}, ${limit}`).toEqual(
          await lists.sorted(who, where(), limit, orders[asked.sort ?? '']),
        );
      expect(await lists.rowsOf('tickets', who, asked), who).toBeLessThanOrEqual(3 * WALKED);
    }
  },
);
