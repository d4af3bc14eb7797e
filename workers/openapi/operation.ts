import type { Route } from '../routes/route.ts';
import { responsesOf } from './answers.ts';
import type { Components, Json, JsonObject } from './components.ts';
import { parametersOf } from './parameters.ts';
import { exampleRequest } from './request-example.ts';

/** Who may ask, where it is not whoever the document says for all. */
const SECURITY: Readonly<Partial<Record<Route['kind'], Json>>> = {
  identity: [{ oidc: [] }, { accessAssertion: [] }],
  public: [],
};

/** One operation of the document. */
export function operationOf(route: Route, components: Components): JsonObject {
  const parameters = parametersOf(route, components);
  const body = requestBodyOf(route, components);
  return {
    operationId: route.id,
    tags: [route.tag],
    summary: route.summary,
    description: route.description ?? `${route.summary}.`,
    ...(route.deprecated === undefined ? {} : { deprecated: true }),
    ...(SECURITY[route.kind] === undefined ? {} : { security: SECURITY[route.kind] ?? [] }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: body }),
    responses: responsesOf(route, components),
    'x-permission': permissionOf(route),
    'x-check': route.kind === 'staff' ? route.check : route.kind,
    'x-idempotency': route.idempotency,
    'x-version': route.version ?? 'none',
    'x-reasons': [...(route.reasons ?? [])],
    'x-round-trips': roundTripsOf(route),
    ...(route.limits === undefined ? {} : { 'x-limits': [...route.limits] }),
  };
}

/** What a request costs in trips to the database: a read one, a change two. */
export const roundTripsOf = (route: Route): number =>
  route.roundTrips ?? (route.method === 'GET' || route.idempotency === 'none' ? 1 : 2);

const permissionOf = ({ permission }: Route): string | JsonObject =>
  typeof permission === 'string' ? permission : { anyOf: [...permission.anyOf] };

function requestBodyOf(route: Route, components: Components): JsonObject | undefined {
  if (route.kind === 'public' && route.bytes !== undefined) {
    const schema = { description: 'The bytes as they are sent: the signature covers them.' };
    return { required: true, content: Object.fromEntries(route.bytes.contentTypes.map((type) => [type, { schema }])) };
  }
  if (route.kind === 'staff' && route.raw)
    return { required: true, content: { '*/*': { schema: { description: 'The bytes of the file.' } } } };
  if (route.body === undefined) return undefined;
  const example = exampleRequest(route).body ?? {};
  const schema = components.schemaOf(route.body, 'input');
  return { required: !route.body.safeParse({}).success, content: { 'application/json': { schema, example } } };
}
