import { expect, test } from 'vitest';
import type { Authority } from '../access/authority.ts';
import { permitAnywhere, systemPermit } from '../access/permit.ts';
import { change, event, unchanged } from './change.ts';
import { defineRead, defineVerb } from './verb.ts';

const audit = { action: 'ticket.updated', target: { type: 'ticket', id: 'tkt_01h455vb4pex5vsknk084sn02q' as never } };

test('a change or an answer without a permit does not compile', () => {
  // @ts-expect-error the permit is missing
  change({ answer: null, audit });
  // @ts-expect-error a look-alike is no permit
  unchanged({ permission: 'ticket.edit_fields', via: [] }, null);
  expect(change({ permit: systemPermit('seed'), answer: 1, audit: null }).answer).toBe(1);
});

test('a verb that returns anything but a change or a permitted answer does not compile', () => {
  const base = { name: 'x', permission: 'ticket.create', load: () => ({}) } as const;
  // @ts-expect-error an answer alone says nothing of permission
  defineVerb({ ...base, decide: () => ({ answer: 1 }) });
  // @ts-expect-error a read writes nothing
  defineRead({ ...base, decide: () => change({ permit: systemPermit('seed'), answer: 1, audit: null }) });
  // @ts-expect-error a verb names its permission
  defineVerb({ name: 'x', load: () => ({}), decide: () => unchanged(systemPermit('seed'), 1) });
  const allowed = defineVerb({
    ...base,
    decide: (_loaded, _input: null, by: { authority: Authority }) =>
      unchanged(permitAnywhere(by.authority, ['ticket.create']), 1),
  });
  expect(allowed.name).toBe('x');
});

test('an event outside the catalogue, or with an undeclared member, does not compile', () => {
  const entity = audit.target.id;
  // @ts-expect-error no such type
  event({ type: 'ticket.exploded', entity, audience: 'internal', payload: {} });
  const payload = { contactId: entity as never, name: null, emails: [], externalId: null, organizationId: null };
  event({ type: 'contact.created', entity, audience: 'internal', payload });
  // @ts-expect-error `phone` is not of the payload
  event({ type: 'contact.created', entity, audience: 'internal', payload: { ...payload, phone: '1' } });
  expect(payload.emails).toEqual([]);
});
