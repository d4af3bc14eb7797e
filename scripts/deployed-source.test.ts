import { expect, test } from 'vitest';
import { deployedSource } from './deployed-source.ts';

test('a route keeps what answers requests and loses what only readers of the document see', () => {
  const built = deployedSource(`const one = staffRoute({
    id: 'getTicket',
    summary: 'Read',
    description: 'A ticket.',
    params: z.strictObject({ a: z.string().meta({ description: 'The a.' }).optional() }),
    answers: { 200: Ticket },
    reasons: ['x'],
    verb: getTicket,
  });`);
  for (const gone of ['summary', 'description', 'reasons', 'Ticket }', 'meta']) expect(built).not.toContain(gone);
  expect(built).toContain("id: 'getTicket'");
  expect(built).toContain('params: z.strictObject({ a: z.string().optional() })');
  expect(built).toContain('answers: {}');
  expect(built).toContain('verb: getTicket');
});

test('a constant made by a call may be dropped, and an event has its schema when it is first asked for', () => {
  const built = deployedSource(
    "export const Name = z.string();\nexport const events = { 'a.made': defineEvent({ ...about, payload: z.object({}), label: 'x' }) };",
  );
  expect(built).toContain('export const Name = /* @__PURE__ */ (() => z.string())();');
  expect(built).toContain('get payload() { const made = z.object({}); Object.defineProperty(this');
});
