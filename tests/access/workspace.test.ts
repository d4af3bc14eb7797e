import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { RETENTION } from '#schema/retention.ts';
import { type AccessDesk, openAccessDesk } from '../support/access-desk.ts';

let desk: AccessDesk;
beforeAll(async () => {
  desk = await openAccessDesk();
});
afterAll(() => desk.close());
beforeEach(async () => {
  await desk.told();
});

test('shows the settings with the days that rows are kept, in one round trip', async () => {
  const answer = await desk.owner.get('/workspace');
  expect(answer).toMatchObject({
    status: 200,
    trips: 1,
    body: { name: 'Workspace', defaultTimeZone: 'UTC', mcpEnabled: true },
  });
  expect(answer.headers.get('etag')).toBe(`"${answer.body.version}"`);
  const shown = Object.fromEntries(answer.body.retention.map(({ table, ...rule }: { table: string }) => [table, rule]));
  expect(shown.audit_events).toEqual({ days: 400, min: 90, max: 3650 });
  expect(Object.keys(shown)).not.toContain('tickets');
  expect(RETENTION.idempotency_keys).toMatchObject({ min: 0, max: 0 });
  expect(Object.keys(shown)).not.toContain('idempotency_keys');
});

test('changes what is sent, once, with before and after in the audit and no event', async () => {
  const { body: before } = await desk.owner.get('/workspace');
  const change = {
    name: 'Lighthouse Supply',
    defaultTimeZone: 'Europe/Lisbon',
    defaultLocale: 'pt-BR',
    trustedOrigins: ['https://desk.example.com', 'http://localhost:3000'],
    mcpEnabled: false,
    retentionDays: { audit_events: 1000, events: 60 },
  };
  const answer = await desk.owner.patch('/workspace', change);
  expect(answer, JSON.stringify(answer.body)).toMatchObject({
    status: 200,
    trips: 2,
    body: { version: before.version + 1 },
  });
  expect(answer.body).toMatchObject({
    name: 'Lighthouse Supply',
    trustedOrigins: change.trustedOrigins,
    mcpEnabled: false,
  });
  expect(answer.body.retention).toContainEqual({ table: 'audit_events', days: 1000, min: 90, max: 3650 });
  expect((await desk.owner.get('/workspace')).body).toEqual(answer.body);
  const { events, audit } = await desk.told();
  expect(events).toEqual([]);
  expect(audit).toMatchObject([
    { action: 'settings.updated', changes: { name: ['Workspace', 'Lighthouse Supply'], mcpEnabled: [true, false] } },
  ]);

  expect(await desk.owner.patch('/workspace', change)).toMatchObject({ status: 200, trips: 1 });
  expect(await desk.owner.patch('/workspace', {})).toMatchObject({ status: 200, trips: 1 });
  const reset = await desk.owner.patch('/workspace', { retentionDays: { audit_events: null } });
  expect(reset.body.retention).toContainEqual({ table: 'audit_events', days: 400, min: 90, max: 3650 });
  expect(reset.body.retention).toContainEqual({ table: 'events', days: 60, min: 30, max: 400 });
  expect((await desk.told()).audit).toHaveLength(1);
});

test('refuses a stale version, and of two changes at once under one version lets one through', async () => {
  const { body } = await desk.owner.get('/workspace');
  const match = { 'if-match': `"${body.version}"` };
  expect(await desk.owner.patch('/workspace', { name: 'X' }, { 'if-match': `"${body.version + 1}"` })).toMatchObject({
    status: 412,
    body: { current: { version: body.version } },
  });
  const both = await Promise.all(['A', 'B'].map((name) => desk.owner.patch('/workspace', { name }, match)));
  expect(both.map(({ status }) => status).sort()).toEqual([200, 412]);
});

test.each([
  [422, 'unknown_time_zone', { defaultTimeZone: 'Mars/Olympus' }],
  [422, 'unknown_time_zone', { defaultTimeZone: '+02:00' }],
  [422, 'unknown_table', { retentionDays: { tickets: 30 } }],
  [422, 'unknown_table', { retentionDays: { idempotency_keys: 1 } }],
  [422, 'out_of_range', { retentionDays: { audit_events: 89 } }],
  [422, 'out_of_range', { retentionDays: { audit_events: 3651 } }],
])('is refused with %i %s for %j', async (status, reason, body) => {
  expect(await desk.owner.patch('/workspace', body)).toMatchObject({ status, body: { reason } });
});

test.each([
  { trustedOrigins: ['http://desk.example.com'] },
  { trustedOrigins: ['https://desk.example.com/'] },
  { trustedOrigins: ['https://desk.example.com:443'] },
  { trustedOrigins: ['*'] },
  { defaultLocale: 'english' },
  { name: '' },
  { name: null },
  { id: 'x' },
])('is refused with 400 for %j', async (body) => {
  expect(await desk.owner.patch('/workspace', body)).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
});

test('is for who manages settings at the workspace', async () => {
  const { caller } = await desk.holder(['ticket.view_all', 'admin.manage_users']);
  for (const answer of [await caller.get('/workspace'), await caller.patch('/workspace', { name: 'X' })])
    expect(answer).toMatchObject({ status: 403, body: { reason: 'missing_permission' } });
});
