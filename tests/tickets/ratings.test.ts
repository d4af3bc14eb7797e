import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Id, idToUuid } from '#schema/ids.ts';
import { ratePortalTicket } from '#services/portal/rate-portal-ticket.ts';
import { askRatings } from '#services/ratings/ask-ratings.ts';
import { ratingToken } from '#services/ratings/rating-token.ts';
import { type AccessDesk, openAccessDesk } from '#tests/support/access-desk.ts';
import { askCustomer, customer } from '#tests/support/ask-customer.ts';
import { testKernel } from '#tests/support/kernel.ts';

const HOUR_MS = 60 * 60_000;
const DAY_MS = 24 * HOUR_MS;
let desk: AccessDesk;

beforeAll(async () => {
  desk = await openAccessDesk();
});
afterAll(() => desk.close());

const ago = (ms: number) => new Date(Date.now() - ms);
const ask = (now = new Date()) => askRatings(testKernel(desk.db.url, now));

async function solved(hours: number, fields = {}): Promise<Id<'tkt'>> {
  const at = ago(hours * HOUR_MS);
  const { support } = desk.world.teams;
  const ticket = await desk.world.ticket({
    ...{ statusId: desk.world.statuses.solved, statusCategory: 'solved', solvedAt: at, firstSolvedAt: at },
    ...{ customerWaitingSince: null, assigneePrincipalId: desk.world.agent.id, assigneeTeamId: support },
    ...fields,
  });
  return ticket.id;
}

const ratings = async (id: Id<'tkt'>) => (await desk.owner.get(`/tickets/${id}/ratings`)).body.data;
const rate = (token: string, body: string, type = 'application/x-www-form-urlencoded') =>
  desk.worker.fetch(`/csat/${token}`, { method: 'POST', headers: { 'content-type': type }, body });

/** Of what was asked by `testKernel`, whose master key is another than the Worker's. */
const tokenOf = (ratingId: Id<'csat'>) => ratingToken(testKernel(desk.db.url).keys, ratingId);

test('nobody is asked before the workspace wants it', async () => {
  await solved(30);
  expect(await ask()).toBe(0);
  await desk.db.query('update ticket_settings set csat_enabled = true');
});

test('each solution is asked about once, when it is old enough and its customer was left alone lately', async () => {
  const due = await solved(30);
  const contact = (await desk.owner.get(`/tickets/${due}`)).body.requester.contactId;
  const others = [
    await solved(30, { requesterContactId: contact }),
    await solved(2),
    await solved(15 * 24),
    await solved(30, { deletedAt: new Date() }),
  ];
  await Promise.all([ask(), ask()]);
  await ask();
  expect(await ratings(due)).toMatchObject([
    { cycle: 0, score: null, agentPrincipalId: desk.world.agent.id, teamId: desk.world.teams.support },
  ]);
  for (const other of others.slice(0, 3)) expect(await ratings(other), other).toEqual([]);
  const told = await desk.db.query(
    "select entity_id from events where type = 'ticket.rating_requested' and entity_id = any ($1::uuid[])",
    [[due, ...others].map(idToUuid)],
  );
  expect(told).toEqual([{ entity_id: idToUuid(due) }]);
  // A week later the same customer may be asked about the other.
  await ask(new Date(Date.now() + 8 * DAY_MS));
  expect(await ratings(others[0] as Id<'tkt'>)).toHaveLength(1);
});

test('looking rates nothing; two submits leave one rating, told each time it changes', async () => {
  const id = await solved(30);
  await ask();
  const [asked] = await ratings(id);
  const token = tokenOf(asked.id);
  const page = await desk.worker.fetch(`/csat/${token}`);
  expect(page.status).toBe(200);
  expect(page.headers.get('content-type')).toContain('text/html');
  expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'/);
  expect(await page.text()).toContain('<form method="post">');
  expect(await ratings(id)).toMatchObject([{ score: null, ratedAt: null }]);
  const answers = await Promise.all([
    rate(token, 'score=2&comment=Slow'),
    rate(token, JSON.stringify({ score: 4 }), 'application/json'),
  ]);
  expect(answers.map(({ status }) => status)).toEqual([204, 204]);
  await rate(token, 'score=5&comment=Better+%3Cb%3E');
  await rate(token, 'score=5&comment=Better+%3Cb%3E');
  expect(await ratings(id)).toMatchObject([{ score: 5, comment: 'Better <b>' }]);
  const events = await desk.db.query(
    "select payload->'score' as score, actor_kind from events where type = 'ticket.rated' and entity_id = $1 order by entity_seq",
    [idToUuid(id)],
  );
  expect(events).toHaveLength(3);
  expect(events.at(-1)).toEqual({ score: 5, actor_kind: 'customer' });
  expect(await (await desk.worker.fetch(`/csat/${token}`)).text()).toContain('Better &#60;b&#62;');
});

test('a browser’s form is answered with a page, a program with 204', async () => {
  const id = await solved(30);
  await ask();
  const [asked] = await ratings(id);
  const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
  const send = async (body: string, type: string, accept: string) => {
    const headers = { 'content-type': type, accept };
    const answer = await desk.worker.fetch(`/csat/${tokenOf(asked.id)}`, { method: 'POST', headers, body });
    return [answer.status, answer.headers.get('content-type'), (await answer.text()).includes('Thank you')];
  };
  const form = 'application/x-www-form-urlencoded';
  expect(await send('score=5&comment=', form, BROWSER)).toEqual([200, 'text/html; charset=utf-8', true]);
  const none = [204, null, false];
  for (const accept of ['*/*', 'application/json', '']) expect(await send('score=4', form, accept)).toEqual(none);
  expect(await send('{"score":3}', 'application/json', BROWSER)).toEqual(none);
  expect(await ratings(id)).toMatchObject([{ score: 3 }]);
});

test('unknown, expired and of a deleted ticket are the same 404; what is no rating is refused', async () => {
  const id = await solved(30);
  await ask();
  const [{ id: ratingId }] = await ratings(id);
  const token = tokenOf(ratingId);
  expect((await rate(token, 'score=6')).status).toBe(400);
  expect((await rate(token, 'score=')).status).toBe(400);
  await desk.db.query("update ticket_ratings set expires_at = now() - interval '1 second' where id = $1", [
    idToUuid(ratingId),
  ]);
  const expired = await rate(token, 'score=3');
  const unknown = await rate('nothing', 'score=3');
  const shown = [await expired.json(), await unknown.json()].map(({ requestId: _id, instance: _at, ...rest }) => rest);
  expect([expired.status, unknown.status]).toEqual([404, 404]);
  expect(shown[0]).toEqual(shown[1]);
  expect((await desk.worker.fetch(`/csat/${token}`)).status).toBe(404);
  expect(await ratings(id)).toMatchObject([{ score: null }]);
});

test('the requester rates a solution unasked, and no mail asks about it again; who is only on the ticket does not', async () => {
  const { db, world } = desk;
  const ada = await customer(world);
  const id = await solved(30, { requesterContactId: ada.contactId });
  const say = (score: number) =>
    askCustomer(db.url, ada.session, ratePortalTicket, { ticketId: id, score, comment: null });
  const first = await say(4);
  expect(first).toMatchObject({ trips: 2, output: { rating: { score: 4, comment: null }, canRate: true } });
  expect((await say(4)).trips).toBe(1);
  await say(5);
  await ask();
  expect(await ratings(id)).toMatchObject([{ cycle: 0, score: 5, agentPrincipalId: world.agent.id }]);
  const told = await db.query('select type, actor_kind from events where entity_id = $1 order by seq', [idToUuid(id)]);
  const rated = { type: 'ticket.rated', actor_kind: 'customer' };
  expect(told).toEqual([rated, rated]);
  await db.query("update ticket_ratings set expires_at = now() - interval '1 second' where ticket_id = $1", [
    idToUuid(id),
  ]);
  await expect(say(1)).rejects.toMatchObject({ code: 'not_found' });
  const open = await world.ticket({ requesterContactId: ada.contactId });
  await expect(
    askCustomer(db.url, ada.session, ratePortalTicket, { ticketId: open.id, score: 1, comment: null }),
  ).rejects.toMatchObject({ code: 'not_found' });
  const cat = await customer(world, { name: 'Cat Moor' });
  await db.query(
    "insert into ticket_participants (ticket_id, contact_id, role, actor_kind) values ($1, $2, 'cc', 'system')",
    [idToUuid(id), idToUuid(cat.contactId)],
  );
  await expect(
    askCustomer(db.url, cat.session, ratePortalTicket, { ticketId: id, score: 1, comment: null }),
  ).rejects.toMatchObject({ code: 'forbidden', reason: 'reply_not_allowed' });
});
