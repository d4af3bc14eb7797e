import type { Route } from '../routes/route.ts';
import { createComponents, type Json, type JsonObject } from './components.ts';
import { sampleOf } from './sample.ts';

export interface ExampleRequest {
  params: Record<string, Json>;
  query: Record<string, Json>;
  /** Undefined where the route takes none. */
  body: JsonObject | undefined;
}

/**
 * A request that the route's schemas take, with the fewest fields; the contract's `example` goes before what is made
 * from them. Ids are those of the TypeID specification.
 */
export function exampleRequest(route: Route): ExampleRequest {
  const components = createComponents();
  const part = (name: 'params' | 'query' | 'body', fallback: JsonObject | undefined): JsonObject | undefined => {
    const given = route.example?.[name];
    if (given !== undefined) return given as JsonObject;
    const schema = route[name];
    if (schema === undefined) return fallback;
    const shown = components.schemaOf(schema, 'input');
    return sampleOf(shown, components.schemas, 'required') as JsonObject;
  };
  return {
    params: part('params', {}) ?? {},
    query: withoutDefaults(part('query', {}) ?? {}, route),
    body: part('body', undefined),
  };
}

/** A query is shown without what would be the case anyway. */
const withoutDefaults = (query: JsonObject, route: Route): JsonObject =>
  route.example?.query === undefined ? {} : query;
