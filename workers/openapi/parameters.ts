import type { Route } from '../routes/route.ts';
import type { Components, Json, JsonObject } from './components.ts';
import { sampleOf } from './sample.ts';

export const HEADER_PARAMETERS: Readonly<Record<string, JsonObject>> = {
  IdempotencyKey: idempotencyKey(false),
  RequiredIdempotencyKey: idempotencyKey(true),
  IfMatch: ifMatch(false),
  RequiredIfMatch: ifMatch(true),
  ContentDisposition: {
    name: 'Content-Disposition',
    in: 'header',
    required: true,
    description: 'Names the file (RFC 6266); `filename*` for other letters than ASCII.',
    schema: { type: 'string', maxLength: 8192 },
    example: 'attachment; filename="log.txt"',
  },
  ContentDigest: {
    name: 'Content-Digest',
    in: 'header',
    required: false,
    description: 'SHA-256 or SHA-512 of the bytes (RFC 9530); another one is refused.',
    schema: { type: 'string', maxLength: 8192 },
    example: 'sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:',
  },
};

/** Path, query and header parameters of a route, each with its limits. @throws Error when path and params differ. */
export function parametersOf(route: Route, components: Components): JsonObject[] {
  const inPath = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string);
  const declared = Object.keys(route.params?.shape ?? {});
  if (inPath.toSorted().join() !== declared.toSorted().join()) {
    throw new Error(`${route.id}: the path names ${inPath.join(', ')}, params declares ${declared.join(', ')}`);
  }
  return [
    ...partOf(route.params, 'path', components),
    ...partOf(route.query, 'query', components),
    ...headersOf(route).map((name) => ({ $ref: `#/components/parameters/${name}` })),
  ];
}

function partOf(schema: Route['params'], where: 'path' | 'query', components: Components): JsonObject[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = components.schemaOf(schema, 'input');
  return Object.entries(properties as Record<string, JsonObject>).map(([name, { description, ...rest }]) => ({
    name,
    in: where,
    required: where === 'path' || (required as Json[]).includes(name),
    ...(description === undefined ? {} : { description }),
    // Several values stand in one parameter, divided by commas: a repeated one is refused.
    ...(rest.type === 'array' ? { style: 'form', explode: false } : {}),
    schema: rest,
    ...(where === 'path' ? { example: sampleOf(rest, components.schemas, 'all', name) } : {}),
  }));
}

function headersOf(route: Route): string[] {
  const key = { key: 'IdempotencyKey', key_required: 'RequiredIdempotencyKey', natural: undefined, none: undefined }[
    route.idempotency
  ];
  const version = { none: undefined, optional: 'IfMatch', required: 'RequiredIfMatch' }[route.version ?? 'none'];
  const raw = route.kind === 'staff' && route.raw ? ['ContentDisposition', 'ContentDigest'] : [];
  return [key, version, ...raw].filter((name) => name !== undefined);
}

function idempotencyKey(required: boolean): JsonObject {
  return {
    name: 'Idempotency-Key',
    in: 'header',
    required,
    description:
      'Makes the request happen once. For 24 hours the same key with the same request gets the first answer again; with another request it is refused.',
    schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[\\x21-\\x7e]+$' },
    example: 'b5f0c2de-6a3b-4b0e-9d0f-0f4c1b1f7a55',
  };
}

function ifMatch(required: boolean): JsonObject {
  return {
    name: 'If-Match',
    in: 'header',
    required,
    description:
      'The `ETag` you read: the change is refused with 412 when somebody else edited meanwhile. `*` takes any version.',
    schema: { type: 'string', maxLength: 8192 },
    example: '"7"',
  };
}
