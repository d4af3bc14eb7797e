import type { JsonObject } from './components.ts';

const requestId = { $ref: '#/components/schemas/RequestId' };

/** Headers of answers. */
export const HEADERS = {
  'X-Request-Id': { description: 'Ours, on every answer; quote it when you ask for help.', schema: requestId },
  ETag: { description: 'The version, for `If-Match`.', schema: { type: 'string', examples: ['"7"'] } },
  Location: { description: 'Where the new thing, or the job, can be read.', schema: { type: 'string' } },
  'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer', minimum: 1 } },
  'Idempotency-Replayed': {
    description: '`true` when this is the kept answer of an earlier request.',
    schema: { type: 'string', enum: ['true'] },
  },
  'Original-Request-Id': { description: 'The id of the request that was answered first.', schema: requestId },
} as const satisfies Readonly<Record<string, JsonObject>>;

/** A component name has letters and digits only, so that generated code can carry it. */
export const headerComponent = (name: string): string => name.replaceAll('-', '');

export const headerReferences = (names: readonly (keyof typeof HEADERS)[]): JsonObject =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${headerComponent(name)}` }]));
