import fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import * as z from 'zod';
import { idListSchema, idSchema } from './id-schema.ts';
import { ID_PREFIXES, type Id, idPattern, type Prefix, uuidToId } from './ids.ts';

const PREFIXES = Object.keys(ID_PREFIXES) as Prefix[];
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const team = (last: number): Id<'team'> =>
  uuidToId('team', `00000000-0000-0000-0000-${String(last).padStart(12, '0')}`);

const problemsOf = (schema: z.ZodType, value: unknown) =>
  schema
    .safeParse(value)
    .error?.issues.map((issue) => [issue.path.join('.'), issue.code === 'custom' ? issue.params?.code : issue.code]);

/** Texts on both sides of the pattern's edge: a right id with at most one thing broken. */
const nearIds = (prefix: Prefix) => {
  const suffix = fc
    .tuple(fc.constantFrom(...'01234567'), fc.array(fc.constantFrom(...ALPHABET), { minLength: 25, maxLength: 25 }))
    .map(([first, rest]) => first + rest.join(''));
  const right = suffix.map((text) => `${prefix}_${text}`);
  return fc.oneof(
    right,
    fc
      .tuple(right, fc.nat(40), fc.string({ unit: 'grapheme', maxLength: 2 }))
      .map(([text, at, piece]) => text.slice(0, at) + piece + text.slice(at + 1)),
    fc.tuple(right, fc.constantFrom(' ', '\n', '\u2028', '0', '_', '\u0000')).map(([text, end]) => text + end),
    fc.tuple(right, fc.constantFrom(' ', '\n', '_', 'x')).map(([text, start]) => start + text),
    right.map((text) => text.toUpperCase()),
    right.map((text) => text.replace(/_[0-7]/, '_8')),
    fc.tuple(fc.constantFrom(...PREFIXES), suffix).map(([other, text]) => `${other}_${text}`),
    suffix,
    fc.uuid(),
  );
};

describe('idSchema', () => {
  it('accepts exactly what the published pattern accepts', () => {
    let accepted = 0;
    let refused = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(...PREFIXES).chain((prefix) => fc.tuple(fc.constant(prefix), nearIds(prefix))),
        ([prefix, text]) => {
          const published = z.toJSONSchema(idSchema(prefix), { target: 'draft-2020-12' });
          const component = Object.values(published.$defs ?? {})[0];
          const byPattern = new RegExp(component?.pattern ?? 'none', 'u').test(text);
          const byServer = idSchema(prefix).safeParse(text).success;
          if (byServer) accepted += 1;
          else refused += 1;
          expect(byServer).toBe(byPattern);
          if (byPattern) expect([component?.minLength, component?.maxLength]).toEqual([text.length, text.length]);
        },
      ),
      { numRuns: 2000 },
    );
    expect(Math.min(accepted, refused)).toBeGreaterThan(100);
  });

  it('returns the text as it came, branded', () => {
    const id = team(1);
    const parsed = idSchema('team').parse(id);
    expect(parsed).toBe(id);
    expectTypeOf(parsed).toEqualTypeOf<Id<'team'>>();
    expectTypeOf(idSchema('team')._zod.input).toEqualTypeOf<string>();
  });

  it('says whether text is malformed or names another kind, and what was expected', () => {
    const schema = z.object({ ticketId: idSchema('tkt') });
    expect(problemsOf(schema, { ticketId: '' })).toEqual([['ticketId', 'malformed_id']]);
    expect(problemsOf(schema, { ticketId: ` ${team(1)}` })).toEqual([['ticketId', 'malformed_id']]);
    expect(problemsOf(schema, { ticketId: team(1) })).toEqual([['ticketId', 'wrong_id_kind']]);
    expect(problemsOf(schema, { ticketId: 7 })).toEqual([['ticketId', 'invalid_type']]);
    expect(schema.safeParse({ ticketId: team(1) }).error?.issues[0]?.message).toBe(
      'expected a ticket id like tkt_…, got a team id',
    );
  });

  it('is one OpenAPI component per prefix, wherever it is used', () => {
    const shape = z.object({ one: idSchema('tkt'), other: idSchema('tkt').optional(), teams: idListSchema('team', 3) });
    expect(z.toJSONSchema(shape)).toMatchObject({
      properties: {
        one: { $ref: '#/$defs/TicketId' },
        other: { $ref: '#/$defs/TicketId' },
        teams: { type: 'array', minItems: 1, maxItems: 3, uniqueItems: true, items: { $ref: '#/$defs/TeamId' } },
      },
      $defs: {
        TicketId: {
          type: 'string',
          pattern: idPattern('tkt'),
          minLength: 30,
          maxLength: 30,
          examples: ['tkt_01h455vb4pex5vsknk084sn02q'],
          'x-typeid-prefix': 'tkt',
        },
      },
    });
  });
});

describe('idListSchema', () => {
  it('takes 1 to 50 ids unless told otherwise', () => {
    const ids = Array.from({ length: 51 }, (_, at) => team(at));
    expect(idListSchema('team').parse(ids.slice(1))).toEqual(ids.slice(1));
    expect(problemsOf(idListSchema('team'), ids)).toEqual([['', 'too_many']]);
    expect(problemsOf(idListSchema('team', 2), ids.slice(0, 3))).toEqual([['', 'too_many']]);
    expect(problemsOf(idListSchema('team'), [])).toEqual([['', 'too_small']]);
  });

  it('refuses each repetition at its own index', () => {
    expect(problemsOf(idListSchema('team'), [team(1), team(2), team(1), team(2)])).toEqual([
      ['2', 'duplicate_id'],
      ['3', 'duplicate_id'],
    ]);
  });

  it('names the element that is no id of the kind', () => {
    expect(problemsOf(idListSchema('tkt'), [team(1), 'x'])).toEqual([
      ['0', 'wrong_id_kind'],
      ['1', 'malformed_id'],
    ]);
  });
});
