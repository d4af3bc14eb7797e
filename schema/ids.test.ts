import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import pinned from '#tests/pinned/id-prefixes.json' with { type: 'json' };
import { ServiceError } from './errors.ts';
import { idName } from './id-schema.ts';
import {
  entityOf,
  hashId,
  ID_PREFIXES,
  type Id,
  idProblem,
  idToUuid,
  isId,
  type Prefix,
  parseId,
  prefixOf,
  type TicketId,
  type TicketStatusId,
  uuidToId,
} from './ids.ts';

const PREFIXES = Object.keys(ID_PREFIXES) as Prefix[];
const NIL = '00000000-0000-0000-0000-000000000000';
const SUFFIX = '01h455vb4pex5vsknk084sn02q';
const aTicket = uuidToId('tkt', NIL);

describe('the prefix registry', () => {
  it('keeps every pinned prefix with its entity and table: names given out are public for ever', () => {
    expect(ID_PREFIXES).toMatchObject(pinned);
  });

  it('has every new prefix pinned in the same commit', () => {
    expect(Object.keys(pinned)).toEqual(expect.arrayContaining(PREFIXES));
  });

  it('holds well-formed prefixes, one per table, and one name per entity', () => {
    const all = Object.values(ID_PREFIXES);
    const tables = all.map(({ table }) => table).filter((table) => table !== null);
    expect(PREFIXES.filter((prefix) => !/^[a-z]([a-z_]{0,14}[a-z])?$/.test(prefix))).toEqual([]);
    expect(new Set(tables).size).toBe(tables.length);
    expect(new Set(all.map(({ entity }) => entity)).size).toBe(all.length);
  });

  it('has a type alias per prefix, named as the OpenAPI component', () => {
    const source = readFileSync(new URL('./id-aliases.ts', import.meta.url), 'utf8');
    const aliases = [...source.matchAll(/^export type (\w+) = Id<'(\w+)'>;$/gm)].map(([, name, prefix]) => [
      prefix,
      name,
    ]);
    expect(Object.fromEntries(aliases)).toEqual(Object.fromEntries(PREFIXES.map((prefix) => [prefix, idName(prefix)])));
  });
});

describe('ids as types', () => {
  it('do not compile where another kind, a literal or a template stands for them', () => {
    const take = (id: TicketId): string => id;
    const text: string = SUFFIX;
    const status: TicketStatusId = uuidToId('tstat', NIL);
    // @ts-expect-error another kind of id
    take(status);
    // @ts-expect-error a literal
    take('tkt_01h455vb4pex5vsknk084sn02q');
    // @ts-expect-error text put together
    take(`tkt_${text}`);
    // @ts-expect-error a template literal type
    take(`tkt_${text}` as const);
    // @ts-expect-error an id of some kind
    take(status as Id);
    // @ts-expect-error a prefix that is not registered
    uuidToId('nope', NIL);
    expect(take(aTicket)).toBe(aTicket);
  });
});

describe('parsing', () => {
  it('reads `aud_rule_…` as an audience rule, never as an audit event', () => {
    const text = `aud_rule_${SUFFIX}`;
    expect(prefixOf(text)).toBe('aud_rule');
    expect(entityOf(parseId('aud_rule', text))).toBe('audience rule');
    expect(isId('aud', text)).toBe(false);
    expect(idProblem('aud', text)?.code).toBe('wrong_id_kind');
  });

  it.each([
    ['too short', `tkt_${SUFFIX.slice(1)}`],
    ['too long', `tkt_${SUFFIX}0`],
    ['outside the alphabet', `tkt_${SUFFIX.replace('h', 'u')}`],
    ['a first character above 7', `tkt_8${SUFFIX.slice(1)}`],
    ['upper case', `tkt_${SUFFIX.toUpperCase()}`],
    ['an upper-case prefix', `TKT_${SUFFIX}`],
    ['blanks around', ` tkt_${SUFFIX}`],
    ['a line break behind', `tkt_${SUFFIX}\n`],
    ['no underscore', `tkt${SUFFIX}`],
    ['a doubled underscore', `tkt__${SUFFIX}`],
    ['no prefix', SUFFIX],
    ['an unknown prefix', `nope_${SUFFIX}`],
    ['a name every object has', `constructor_${SUFFIX}`],
    ['a raw uuid', NIL],
    ['nothing', ''],
  ])('refuses %s as malformed', (_, text) => {
    expect(() => parseId('tkt', text)).toThrow(
      expect.objectContaining({
        code: 'invalid_request',
        reason: 'malformed_id',
        message: 'expected a ticket id like tkt_…',
      }),
    );
  });

  it('names both kinds when the id is of another', () => {
    const parse = () => parseId('tkt', uuidToId('contact', NIL));
    expect(parse).toThrow(ServiceError);
    expect(parse).toThrow(
      expect.objectContaining({
        reason: 'wrong_id_kind',
        message: 'expected a ticket id like tkt_…, got a contact id',
      }),
    );
  });

  it('takes the nil value and any other 128 bits, also where they are no UUID of RFC 9562', () => {
    expect(parseId('tkt', `tkt_${'0'.repeat(26)}`)).toBe(aTicket);
    expect(idToUuid(parseId('tkt', `tkt_${'0'.repeat(25)}1`))).toBe('00000000-0000-0000-0000-000000000001');
  });
});

describe('a hashed id', () => {
  const part = fc.string({ unit: 'binary' }).filter((text) => !text.includes('\u001f'));
  const parts = fc.array(part, { maxLength: 5 });

  it('is the same for the same parts, of version 8 and the variant of RFC 9562', () => {
    fc.assert(
      fc.property(fc.constantFrom(...PREFIXES), parts, (prefix, list) => {
        const id = hashId(prefix, list);
        expect(hashId(prefix, [...list])).toBe(id);
        expect(isId(prefix, id)).toBe(true);
        expect(idToUuid(id)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      }),
      { numRuns: 1000 },
    );
  });

  it('has the value that SQL `hash_id` must give', () => {
    expect(idToUuid(hashId('dlv', ['évt', '東京', '']))).toBe('126b34b0-f333-893e-b7b9-761574900403');
  });

  it('is another one for other part boundaries, another order or another prefix', () => {
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), part, (list, more) => {
        const id = idToUuid(hashId('dlv', list));
        expect(idToUuid(hashId('dlv', [...list, more]))).not.toBe(id);
        expect(idToUuid(hashId('evt', list))).not.toBe(id);
      }),
    );
    expect(hashId('dlv', ['ab', 'c'])).not.toBe(hashId('dlv', ['a', 'bc']));
    expect(hashId('dlv', ['abc'])).not.toBe(hashId('dlv', ['ab', 'c']));
    expect(hashId('dlv', ['a', 'b'])).not.toBe(hashId('dlv', ['b', 'a']));
    expect(hashId('dlv', ['a', ''])).not.toBe(hashId('dlv', ['', 'a']));
  });

  it('refuses U+001F inside a part', () => {
    expect(() => hashId('dlv', ['a', 'b\u001fc'])).toThrow(TypeError);
  });
});
