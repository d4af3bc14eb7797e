import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { prefixOf } from '#schema/ids.ts';
import type { JsonObject } from '#workers/openapi/components.ts';
import { routes } from '#workers/routes/index.ts';
import type { Route, StaffRoute } from '#workers/routes/route.ts';
import { brokenField, refused } from './support/refused.ts';
import { openRouteCaller, type RouteCaller } from './support/route-caller.ts';

const named = <R extends Route>(those: readonly R[]) => those.map((route) => [route.id, route] as const);
const staff = routes.filter((route): route is StaffRoute => route.kind === 'staff');
const withBody = staff.filter(({ body }) => body !== undefined);
const DEFAULT_BYTES = 256 * 1024;

let caller: RouteCaller;
beforeAll(async () => {
  caller = await openRouteCaller();
});
afterAll(() => caller.close());

describe('a body', () => {
  const deep = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
  const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

  test.each(named(withBody))('%s: over its limit it is 413, at the limit it is read', async (_id, route) => {
    const prepared = await caller.prepareShape(route);
    const limit = route.bodyLimit ?? DEFAULT_BYTES;
    await refused(caller, prepared, { body: `"${'x'.repeat(limit - 1)}"` }, { status: 413, code: 'payload_too_large' });
    await refused(caller, prepared, { body: `"${'x'.repeat(limit - 2)}"` }, { status: 400 });
  });

  test.each(named(withBody))('%s: another media type or an encoding is 415', async (_id, route) => {
    const prepared = await caller.prepareShape(route);
    const headers = [
      { 'content-type': 'text/plain' },
      { 'content-type': 'application/x-www-form-urlencoded' },
      { 'content-type': 'application/jsonp' },
      { 'content-type': '' },
      { 'content-encoding': 'gzip' },
    ];
    const problem = { status: 415, code: 'unsupported_media_type' };
    await Promise.all(headers.map((each) => refused(caller, prepared, { headers: each }, problem)));
  });

  test.each(named(withBody))('%s: what is not JSON in UTF-8 within bounds is invalid_json', async (_id, route) => {
    const prepared = await caller.prepareShape(route);
    const valid = JSON.stringify(prepared.body);
    const bodies: [string, string | Uint8Array][] = [
      ['truncated', valid.slice(0, -1)],
      ['trailing', `${valid}x`],
      ['two values', `${valid}${valid}`],
      ['single quotes', "{'a':1}"],
      ['comment', `${valid}//`],
      ['NaN', '{"a":NaN}'],
      ['blank', ' '],
      ['byte order mark', `\ufeff${valid}`],
      ['invalid UTF-8', Uint8Array.of(...utf8('{"a":"'), 0xc3, 0x28, ...utf8('"}'))],
      ['UTF-16', new Uint8Array(new Uint16Array([...valid].map((each) => each.charCodeAt(0))).buffer)],
      ['21 levels', deep(21)],
      ['10,001 values', `[${Array(10_000).fill('0').join()}]`],
    ];
    const sendAll = (those: readonly (string | Uint8Array)[]) =>
      Promise.all(those.map((body) => caller.send(prepared, { token: caller.full, body })));
    const answers = await sendAll(bodies.map(([, body]) => body));
    expect(answers.map(({ trips, json }, at) => ({ name: bodies[at]?.[0], trips, ...json }))).toMatchObject(
      bodies.map(([name]) => ({ name, trips: 0, status: 400, reason: 'invalid_json' })),
    );
    const within = await sendAll([deep(20), `[${Array(9_999).fill('0').join()}]`]);
    for (const { json } of within) expect(json).toMatchObject({ status: 400, code: 'invalid_request' });
  });

  test.each(named(withBody))('%s: a value that is no object, and null, are 400', async (_id, route) => {
    const prepared = await caller.prepareShape(route);
    const bodies = ['null', '[]', '"text"', '7', 'true'];
    const problem = { status: 400, code: 'invalid_request' };
    await Promise.all(bodies.map((body) => refused(caller, prepared, { body }, problem)));
  });

  test.each(named(withBody))(
    '%s: text that cannot be stored is invalid_text wherever it stands',
    async (_id, route) => {
      const prepared = await caller.prepareShape(route);
      const broken = {
        value: brokenField('body', '/surprise', 'invalid_text'),
        name: { status: 400, code: 'invalid_request' },
      };
      await Promise.all(
        ['\\u0000', '\\ud800', '\\udc00x'].flatMap((text) => [
          refused(caller, prepared, { body: `{"surprise":"${text}"}` }, broken.value),
          refused(caller, prepared, { body: `{"surprise":[{"${text}":1}]}` }, broken.name),
        ]),
      );
    },
  );

  test.each(named(withBody))('%s: a number that JavaScript cannot hold is out_of_range', async (_id, route) => {
    const prepared = await caller.prepareShape(route);
    const numbers = ['9007199254740992', '-9007199254740993', '1e400'];
    const problem = brokenField('body', '/surprise', 'out_of_range');
    await Promise.all(numbers.map((number) => refused(caller, prepared, { body: `{"surprise":${number}}` }, problem)));
  });

  test.each(named(withBody))('%s: an unknown field is refused by name, whatever the name', async (_id, route) => {
    const prepared = await caller.prepareShape(route);
    const withField = (name: string) => {
      const members = JSON.stringify(prepared.body).slice(1, -1);
      const body = `{${JSON.stringify(name)}:{"x":1}${members === '' ? '' : `,${members}`}}`;
      const pointer = `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      return refused(caller, prepared, { body }, brokenField('body', pointer, 'unknown_field'));
    };
    await Promise.all(['surprise', '__proto__', 'constructor', 'toString', 'a/b~c'].map(withField));
  });

  test.each(named(withBody))('%s: an id of another kind in a field is 400', async (_id, route) => {
    const prepared = await caller.prepareShape(route);
    const wrong = caller.world.newId('req');
    for (const [name, value] of Object.entries(prepared.body ?? {})) {
      if (typeof value !== 'string' || prefixOf(value) === undefined) continue;
      await refused(
        caller,
        prepared,
        { body: { ...prepared.body, [name]: wrong } },
        brokenField('body', `/${name}`, 'wrong_id_kind'),
      );
      await refused(
        caller,
        prepared,
        { body: { ...prepared.body, [name]: 'x' } },
        brokenField('body', `/${name}`, 'malformed_id'),
      );
    }
  });

  test.each(named(withBody))('%s: every broken field is named at once', async (_id, route) => {
    const prepared = await caller.prepareShape(route);
    const body = Object.fromEntries(Object.keys(prepared.body ?? {}).map((name) => [name, { not: 'this' }]));
    const problem = await refused(
      caller,
      prepared,
      { body: { ...body, surprise: 1 } },
      { status: 400, code: 'invalid_request' },
    );
    const pointers = (problem.errors as JsonObject[]).map(({ pointer }) => String(pointer).split('/')[1]);
    expect(new Set(pointers)).toEqual(new Set([...Object.keys(body), 'surprise']));
  });

  test.each(named(staff.filter(({ body, method, raw }) => body === undefined && method !== 'GET' && !raw)))(
    '%s: a body where none is taken is unexpected_body',
    async (_id, route) => {
      const prepared = await caller.prepareShape(route);
      for (const body of ['{}', '{"a":1}'])
        await refused(caller, prepared, { body }, { status: 400, reason: 'unexpected_body' });
    },
  );
});
