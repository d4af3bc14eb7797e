import { expect, test } from 'vitest';
import { EVENT_TYPES, EVENTS } from './event-types.ts';
import { type BodyForm, renderBody } from './render-body.ts';
import type { StoredEvent } from './stored-event.ts';

const event: StoredEvent = {
  id: '019abe2a-11f7-7d41-8000-000000000001',
  type: 'ticket.assigned',
  occurredAt: '2026-11-25T09:00:00.5+00:00',
  position: 41,
  entityType: 'ticket',
  entityId: '019abe2a-11f7-7d41-8000-000000000002',
  entitySeq: 3,
  actorKind: 'api_key',
  actorId: '019abe2a-11f7-7d41-8000-000000000003',
  actorLabel: 'Import "bot"',
  surface: 'api',
  audience: 'internal',
  causationId: null,
  depth: 0,
  origin: null,
  silent: false,
  test: false,
  payload: { text: 'Grüße\u2028\n', nested: { n: 1.5 } },
};
const form: BodyForm = { payloadVersion: '2026-11-01', audience: 'internal', style: 'full' };
const SOURCE = 'https://desk.acme.com';

test('the full body has these keys in this order, without blanks', () => {
  expect(renderBody(event, form, SOURCE)).toBe(
    '{"id":"evt_01kaz2m4fqfn0r000000000001","type":"ticket.assigned","version":"2026-11-01","timestamp":"2026-11-25T09:00:00.500Z",' +
      '"source":"https://desk.acme.com","position":41,"entity":{"type":"ticket","id":"tkt_01kaz2m4fqfn0r000000000002","sequence":3},' +
      '"actor":{"kind":"api_key","id":"prin_01kaz2m4fqfn0r000000000003","name":"Import \\"bot\\"","via":"api"},"audience":"internal",' +
      '"causationId":null,"origin":null,"silent":false,"test":false,"data":{"text":"Grüße\u2028\\n","nested":{"n":1.5}}}',
  );
});

test('the thin body has neither data nor the name of the actor', () => {
  const thin = JSON.parse(renderBody(event, { ...form, style: 'thin' }, SOURCE));
  expect(thin).not.toHaveProperty('data');
  expect(thin.actor).toEqual({ kind: 'api_key', id: 'prin_01kaz2m4fqfn0r000000000003', via: 'api' });
  expect(Object.keys(thin)).toEqual(Object.keys(JSON.parse(renderBody(event, form, SOURCE))).slice(0, -1));
});

test('an erased event says so', () => {
  expect(JSON.parse(renderBody({ ...event, payload: { erased: true }, actorLabel: null }, form, SOURCE)).data).toEqual({
    erased: true,
  });
});

test('what led to it is an event, or at the beginning of all the job that did it', () => {
  const causation = (depth: number) =>
    JSON.parse(renderBody({ ...event, causationId: event.id, depth }, form, SOURCE)).causationId.split('_')[0];
  expect([causation(0), causation(1)]).toEqual(['bulk', 'evt']);
});

test('every type of the catalogue renders: its entity has an id prefix', () => {
  for (const type of EVENT_TYPES) {
    const { entity, sample } = EVENTS[type];
    const body = renderBody(
      { ...event, type, entityType: entity, payload: sample as Record<string, unknown> },
      form,
      SOURCE,
    );
    expect(JSON.parse(body).data).toEqual(sample);
  }
});

test('every sample of the catalogue parses, and a key nobody declared does not', () => {
  for (const type of EVENT_TYPES) {
    const { payload, sample } = EVENTS[type];
    expect(payload.parse(sample)).toEqual(sample);
    expect(payload.safeParse({ ...(sample as object), undeclared: 1 }).success, type).toBe(false);
  }
});
