import * as z from 'zod';

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export type JsonObject = { [name: string]: Json };

/** Which side of a schema is shown: what a client sends, or what it gets. */
export type Side = 'input' | 'output';

/** Collects what operations share: every named schema (`.meta({id})`) once, refusals that are alike everywhere, and their examples. */
export interface Components {
  responses: Record<string, JsonObject>;
  examples: Record<string, JsonObject>;
  schemas: Record<string, JsonObject>;
  /** The JSON Schema of one part of a contract; its named parts become references. @throws Error on two shapes of one name. */
  schemaOf(schema: z.ZodType, side: Side): JsonObject;
}

export function createComponents(): Components {
  const schemas: Record<string, JsonObject> = {};
  return {
    schemas,
    responses: {},
    examples: {},
    schemaOf(schema, side) {
      const { $schema: _dialect, $defs = {}, ...root } = z.toJSONSchema(schema, { io: side, override }) as JsonObject;
      for (const [name, definition] of Object.entries($defs as Record<string, JsonObject>)) {
        const placed = relocated(definition);
        if (name in schemas && JSON.stringify(schemas[name]) !== JSON.stringify(placed)) {
          throw new Error(`two schemas are called ${name}`);
        }
        schemas[name] = placed;
      }
      return relocated(root);
    },
  };
}

const OF_TEXT = ['pattern', 'minLength', 'maxLength', 'format'] as const;

/**
 * A parameter travels as text and is declared as what it means: where `.meta({type})` says so, rules about the text go,
 * and the default, which Zod drops before a transform, stays.
 */
function override({
  zodSchema,
  jsonSchema,
}: {
  zodSchema: z.core.$ZodType;
  jsonSchema: Record<string, unknown>;
}): void {
  const meta = z.globalRegistry.get(zodSchema) as Record<string, unknown> | undefined;
  if (meta?.type === undefined) return;
  Object.assign(jsonSchema, meta);
  if (meta.type !== 'string') for (const rule of OF_TEXT) delete jsonSchema[rule];
}

function relocated<T extends Json>(value: T): T {
  if (Array.isArray(value)) return value.map(relocated) as T;
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      name === '$ref' && typeof inner === 'string'
        ? inner.replace('#/$defs/', '#/components/schemas/')
        : relocated(inner),
    ]),
  ) as T;
}
