import type { Json, JsonObject } from './components.ts';

/** Text that reads like the real thing, where a schema says no more than that it is text. */
const WORDS: Readonly<Record<string, string>> = {
  subject: 'The invoice shows the wrong VAT number',
  body: 'Hello, the VAT number on our last invoice is the one of another company.',
  name: 'Ada Park',
  email: 'ada@customer.example',
  url: 'https://hooks.example.com/mallard',
  description: 'Tells our chat about urgent tickets',
  detail: 'There is no such thing here, or you may not see it.',
  title: 'Not found',
  instance: '/api/v1/tickets/tkt_01h455vb4pex5vsknk084sn02q',
};

const FORMATS: Readonly<Record<string, string>> = {
  'date-time': '2026-11-02T09:12:00.000Z',
  date: '2026-11-02',
  email: 'ada@customer.example',
  uri: 'https://customer.example/',
  uuid: '0190163d-8694-739b-aea5-966c26f8ad91',
};

/**
 * A value that fits a schema, always the same one. `required` leaves optional fields out; `all` gives every field.
 * Rules between fields are not seen: a contract whose schema has one gives its own `example`.
 */
export function sampleOf(
  schema: JsonObject,
  schemas: Readonly<Record<string, JsonObject>>,
  fields: 'required' | 'all',
  name = '',
): Json {
  const sample = (inner: Json | undefined, innerName: string): Json =>
    sampleOf((inner ?? {}) as JsonObject, schemas, fields, innerName);
  if (typeof schema.$ref === 'string') return sample(schemas[schema.$ref.split('/').at(-1) ?? ''], name);
  if (Array.isArray(schema.examples)) return schema.examples[0] ?? null;
  if (schema.const !== undefined) return schema.const;
  if (Array.isArray(schema.enum)) return schema.enum[0] ?? null;
  if (schema.default !== undefined) return schema.default;
  const variants = schema.anyOf ?? schema.oneOf;
  // What ends a thing has mostly not happened yet.
  if (Array.isArray(variants)) return isNullableInstant(variants as JsonObject[]) ? null : sample(variants[0], name);
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  switch (type) {
    case 'object':
      return objectOf(schema, fields, sample);
    case 'array':
      return schema.maxItems === 0 ? [] : [sample(schema.items, name.replace(/s$/, ''))];
    case 'integer':
    case 'number':
      return Number(
        schema.minimum ?? (schema.exclusiveMinimum === undefined ? 1 : Number(schema.exclusiveMinimum) + 1),
      );
    case 'boolean':
      return false;
    case 'string':
      return textOf(schema, name);
    default:
      return null;
  }
}

const isNullableInstant = (variants: readonly JsonObject[]): boolean =>
  variants.some(({ type }) => type === 'null') && variants.some(({ $ref }) => $ref === '#/components/schemas/Instant');

function objectOf(
  schema: JsonObject,
  fields: 'required' | 'all',
  sample: (schema: Json | undefined, name: string) => Json,
): JsonObject {
  const properties = (schema.properties ?? {}) as Record<string, JsonObject>;
  const required = (schema.required ?? []) as string[];
  const shown = Object.keys(properties).filter((name) => fields === 'all' || required.includes(name));
  return Object.fromEntries(shown.map((name) => [name, sample(properties[name], name)]));
}

function textOf(schema: JsonObject, name: string): string {
  const format = typeof schema.format === 'string' ? FORMATS[schema.format] : undefined;
  const text = format ?? WORDS[name] ?? 'text';
  return text.slice(0, typeof schema.maxLength === 'number' ? schema.maxLength : undefined);
}
