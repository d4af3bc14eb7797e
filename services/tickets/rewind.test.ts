import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { rewind } from './rewind.ts';

const FIELDS = ['subject', 'priority', 'statusId', 'tags'] as const;
type State = Record<(typeof FIELDS)[number], unknown> & { customFields: Record<string, unknown> };

const value = fc.constantFrom('a', 'b', 'c', 'd', null);
const edit = fc.oneof(
  fc.record({ field: fc.constantFrom(...FIELDS), to: value }),
  fc.record({ field: fc.constantFrom('customFields.x', 'customFields.y'), to: value }),
);

const fieldOf = (state: State, field: string): unknown =>
  field.startsWith('customFields.')
    ? (state.customFields[field.slice(13)] ?? null)
    : state[field as (typeof FIELDS)[number]];

function set(state: State, field: string, to: unknown): State {
  if (!field.startsWith('customFields.')) return { ...state, [field]: to };
  const customFields = { ...state.customFields, [field.slice(13)]: to };
  if (to === null) delete customFields[field.slice(13)];
  return { ...state, customFields };
}

test('what was applied and rewound is the original, whatever the history', () => {
  const start: State = { subject: 'a', priority: null, statusId: 'b', tags: 'c', customFields: { x: 'a' } };
  fc.assert(
    fc.property(fc.array(fc.array(edit, { maxLength: 4 }), { maxLength: 12 }), fc.nat(12), (commits, cut) => {
      const states: State[] = [start];
      const history = commits.map((edits) => {
        let state = states.at(-1) as State;
        const changes = edits.map(({ field, to }) => {
          const from = fieldOf(state, field);
          state = set(state, field, to);
          return { field, from, to };
        });
        states.push(state);
        return { changes };
      });
      const at = Math.min(cut, history.length);
      expect(rewind(states.at(-1) as State, history.slice(at))).toEqual(states[at]);
    }),
  );
});
