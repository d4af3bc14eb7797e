import type { Route } from '../routes/route.ts';
import { createComponents, type JsonObject } from './components.ts';
import { HEADERS, headerComponent } from './headers.ts';
import { operationOf } from './operation.ts';
import { HEADER_PARAMETERS } from './parameters.ts';

/** Where the document is served: an asset, so it costs the Worker nothing. */
export const DOCUMENT_PATH = '/api/v1/openapi.json';

const ABOUT = `Every operation behaves alike.

- **Errors** are \`application/problem+json\` with a stable \`code\`; each has a page under \`/docs/errors\`.
- **Lists** are \`{data, page}\`. Send \`page.next\` as \`cursor\` for the next page, until \`hasMore\` is false.
- **Versions**: send the \`ETag\` you read as \`If-Match\`, and nobody's edit is lost.
- **Loops**: a program that acts on an event names it, \`Mallard-Causation: evt_…\`. What it does is counted one deeper, and rules that set each other off end at depth 5.
- **Retries**: send an \`Idempotency-Key\`, and a change happens once whatever the network does.
- **Dry runs**: every change by staff takes \`dryRun=true\`. It is decided and refused as in earnest, and nothing is written.
- **Requests** name an unknown field or parameter as an error; answers may grow new fields and values at any time.
- \`x-permission\` says what a key needs, \`x-round-trips\` what a request costs.`;

const TAGS: Readonly<Record<string, string>> = {
  tickets: 'Open, read, edit, assign and move tickets.',
  messages: 'The thread of a ticket: replies to the customer and notes between agents.',
  files: 'What goes with messages. A file is uploaded first, and then named by the message that takes it.',
  webhooks: 'Endpoints that are told of events, and what was delivered to them.',
  members: 'The people of the desk.',
  roles: 'What people may do, and where.',
  teams: 'Who works together.',
  'api-keys': 'Credentials of programs.',
  me: 'Who you are and what you may do.',
  workspace: 'Settings of the whole desk.',
  setup: 'The first owner.',
  invitations: 'How people come in.',
  'auth-issuers': 'Sign-in services that are trusted.',
  access: 'Why somebody may do something, or not.',
  health: 'Whether the desk is up.',
  inbound: 'What other systems send to the desk.',
};

const SECURITY_SCHEMES: JsonObject = {
  apiKey: {
    type: 'http',
    scheme: 'bearer',
    description: 'An API key, `mk_…`, made in the desk. It has what its scopes and its creator both have.',
  },
  oidc: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'The token of a person, from a sign-in service that the workspace is connected with.',
  },
  accessAssertion: {
    type: 'apiKey',
    in: 'header',
    name: 'Cf-Access-Jwt-Assertion',
    description: 'Set by Cloudflare Access in front of the desk. Changes with it have to come from a page of the desk.',
  },
};

/** The OpenAPI 3.1.1 document of the registry. The same registry gives the same bytes. */
export function openapiDocument(routes: readonly Route[]): JsonObject {
  const components = createComponents();
  const paths: Record<string, JsonObject> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operationOf(route, components) };
  }
  const tags = [...new Set(routes.map(({ tag }) => tag))].map((name) => ({
    name,
    ...(TAGS[name] === undefined ? {} : { description: TAGS[name] }),
  }));
  const used = JSON.stringify([paths, components.responses]);
  return {
    openapi: '3.1.1',
    info: {
      title: 'Mallard API',
      version: '1',
      summary: 'The support desk as an API.',
      description: ABOUT,
      contact: { name: 'Whoever runs this desk' },
      license: { name: 'Apache 2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'The desk that serves this document.' }],
    tags,
    security: [{ apiKey: [] }, { oidc: [] }, { accessAssertion: [] }],
    paths,
    components: {
      securitySchemes: SECURITY_SCHEMES,
      parameters: usedOf(HEADER_PARAMETERS, 'parameters', used),
      headers: usedOf(
        Object.fromEntries(Object.entries(HEADERS).map(([name, header]) => [headerComponent(name), header])),
        'headers',
        used,
      ),
      responses: byName(components.responses),
      examples: byName(components.examples),
      schemas: byName(components.schemas),
    },
  };
}

const usedOf = (all: Readonly<Record<string, JsonObject>>, kind: string, used: string): JsonObject =>
  Object.fromEntries(Object.entries(all).filter(([name]) => used.includes(`"#/components/${kind}/${name}"`)));

const byName = (all: Readonly<Record<string, JsonObject>>): JsonObject =>
  Object.fromEntries(Object.entries(all).toSorted(([a], [b]) => (a < b ? -1 : 1)));

/** The document as it is committed and served. */
export const documentText = (routes: readonly Route[]): string =>
  `${JSON.stringify(openapiDocument(routes), null, 2)}\n`;
