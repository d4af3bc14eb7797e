import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { idToUuid } from '#schema/ids.ts';
import { type AccessDesk, type Caller, openAccessDesk } from '#tests/support/access-desk.ts';

let desk: AccessDesk;
let agent: Caller;

beforeAll(async () => {
  desk = await openAccessDesk();
  agent = await desk.keyOf(desk.world.agent);
});
afterAll(() => desk.close());

test('smoke', async () => {
  const { world } = desk;
  const ticket = await world.ticket({ primaryTeamId: world.teams.support });
  const macro = await desk.owner.post('/macros', {
    name: 'Ask',
    audience: 'everyone',
    message: {
      body: 'Hello {{requester.first_name|there}}, {{ticket.number}} {{ticket.url}} {{ticket.subject}} {{organization.name|none}} {{agent.name}}',
    },
    actions: [
      { type: 'status', category: 'pending' },
      { type: 'tags', add: ['vip'] },
      { type: 'priority', priority: 'high' },
      { type: 'assign', assigneePrincipalId: world.agent.id },
    ],
  });
  expect(macro.status, JSON.stringify(macro.body)).toBe(201);
  const preview = await desk.owner.post(`/tickets/${ticket.id}/macros/${macro.body.id}/preview`, {});
  console.log(JSON.stringify(preview.body, null, 1), preview.trips);
  await desk.told();
  const done = await desk.owner.post(`/tickets/${ticket.id}/macros/${macro.body.id}`, {});
  console.log(JSON.stringify(done.body, null, 1), done.trips, done.headers.get('mallard-statements'));
  const told = await desk.told();
  console.log(
    told.events.map(({ type, entity_seq }) => [type, entity_seq]),
    told.audit.map(({ action, changes }) => [action, JSON.stringify(changes)]),
  );
  expect(idToUuid(ticket.id)).toBeTruthy();
  expect(agent).toBeTruthy();
});
