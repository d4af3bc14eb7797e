import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Id, idToUuid } from '#schema/ids.ts';
import { PERMISSION_KEYS } from '#services/access/permissions.ts';
import type { JsonObject } from '#workers/openapi/components.ts';
import { type Answered, openRouteCaller, type RouteCaller } from './support/route-caller.ts';

let caller: RouteCaller;
let token: string;
let ticketId: Id<'tkt'>;

beforeAll(async () => {
  caller = await openRouteCaller();
  token = (await caller.world.keyFor(PERMISSION_KEYS)).token;
});
afterAll(() => caller.close());
beforeEach(async () => {
  ({ id: ticketId } = await caller.world.ticket());
});

const request = (method: string, body: JsonObject | undefined, suffix = '') => ({
  method,
  path: `/api/v1/tickets/${ticketId}${suffix}`,
  query: {},
  body,
  ids: {},
});
const edit = (body: JsonObject, ifMatch?: string, as = token): Promise<Answered> =>
  caller.send(request('PATCH', body), { token: as, headers: ifMatch === undefined ? {} : { 'if-match': ifMatch } });
const read = (): Promise<Answered> => caller.send(request('GET', undefined), { token });

describe('two writers who read the same version', () => {
  test('one is done, the other is told what the ticket has become', async () => {
    const answers = await Promise.all([
      edit({ subject: 'From the left' }, '"1"'),
      edit({ subject: 'From the right' }, '"1"'),
    ]);
    const [done, stale] = answers.toSorted((a, b) => a.status - b.status);
    expect([done?.status, stale?.status]).toEqual([200, 412]);
    expect(stale?.json).toMatchObject({ code: 'stale_version', current: { subject: done?.json.subject, version: 2 } });
    expect((await read()).json).toMatchObject({ subject: done?.json.subject, version: 2 });
  });

  test('without a version both are done, field by field', async () => {
    const answers = await Promise.all([edit({ subject: 'Renamed' }), edit({ priority: 'urgent' })]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect((await read()).json).toMatchObject({ subject: 'Renamed', priority: 'urgent', version: 3 });
  });
});

describe('a version', () => {
  test('of the last answer is the one for the next change, creation included', async () => {
    const made = await caller.send({ ...request('POST', { subject: 'New' }), path: '/api/v1/tickets' }, { token });
    ticketId = made.json.id as Id<'tkt'>;
    let tag = made.headers.get('etag') ?? '';
    for (const priority of ['low', 'high', 'urgent']) {
      const answer = await edit({ priority }, tag);
      expect(answer.status).toBe(200);
      expect(answer.headers.get('etag')).toBe(`"${answer.json.version}"`);
      tag = answer.headers.get('etag') ?? '';
    }
    expect(tag).toBe('"4"');
  });

  test('is not moved by a message, a note or a clock, so that an open form never goes stale by one', async () => {
    const reply = { body: 'We look into it.', as: { principalId: caller.world.agent.id } };
    const note = { body: 'Seen before.', audience: 'internal' };
    for (const body of [reply, note])
      expect((await caller.send(request('POST', body, '/messages'), { token })).status).toBe(201);
    await caller.world.db.query('update tickets set sla_next_due_at = now(), revision = revision + 1 where id = $1', [
      idToUuid(ticketId),
    ]);
    expect((await edit({ priority: 'high' }, '"1"')).status).toBe(200);
  });

  test('stays where nothing would change', async () => {
    const { json } = await read();
    const answer = await edit({ priority: json.priority as string, subject: json.subject as string }, '"1"');
    expect([answer.status, answer.headers.get('etag'), answer.trips]).toEqual([200, '"1"', 1]);
  });

  test.each(['/transition', '/assign'])('guards %s as well', async (suffix) => {
    const body: JsonObject =
      suffix === '/assign' ? { assigneePrincipalId: caller.world.agent.id } : { category: 'pending' };
    const stale = await caller.send(request('POST', body, suffix), { token, headers: { 'if-match': '"7"' } });
    expect(stale).toMatchObject({
      status: 412,
      json: { code: 'stale_version', current: { id: ticketId, version: 1 } },
    });
    expect((await caller.send(request('POST', body, suffix), { token, headers: { 'if-match': '"1"' } })).status).toBe(
      200,
    );
  });

  test('is compared before the change is found to be none', async () => {
    expect((await edit({}, '"7"')).status).toBe(412);
  });
});

describe('If-Match', () => {
  test.each(['W/"1"', '"7"', '"7", "8"', '"01"', '"1.0"', '"one"', '""'])(
    '%s does not match version 1',
    async (tag) => {
      expect((await edit({ priority: 'high' }, tag)).status).toBe(412);
      expect((await read()).json).toMatchObject({ priority: 'normal', version: 1 });
    },
  );

  test.each(['"1"', '*', '"7", "1"', 'W/"1", "1"', ' "1" '])('%s matches version 1', async (tag) => {
    expect((await edit({ priority: 'high' }, tag)).status).toBe(200);
  });

  test('and a body version that say the same are taken, one alone as well', async () => {
    expect((await edit({ priority: 'high', version: 1 }, '"1"')).status).toBe(200);
    expect((await edit({ priority: 'low', version: 2 })).status).toBe(200);
    expect((await edit({ priority: 'urgent', version: 2 })).status).toBe(412);
  });

  test('and a body version that contradict each other are refused before anything is read', async () => {
    expect(await edit({ priority: 'high', version: 2 }, '"1"')).toMatchObject({
      status: 400,
      trips: 0,
      json: { reason: 'version_contradiction' },
    });
    expect((await edit({ priority: 'high', version: 1 }, '*')).status).toBe(200);
  });

  test('tells nobody of a ticket they cannot see: 404, never 412', async () => {
    const { world } = caller;
    const limited = await world.keyFor(PERMISSION_KEYS, { teamIds: [world.teams.support] });
    for (const tag of ['"1"', '"7"', '*'])
      expect((await edit({ priority: 'high' }, tag, limited.token)).status).toBe(404);
  });

  test('comes after the permission: somebody who may only look is 403, not 412', async () => {
    const onlooker = await caller.world.keyFor(['ticket.view_all']);
    expect((await edit({ priority: 'high' }, '"7"', onlooker.token)).status).toBe(403);
  });
});
