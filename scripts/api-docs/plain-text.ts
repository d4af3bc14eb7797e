import { ERROR_STATUS } from '#schema/errors.ts';
import { CODE_GUIDE } from '#schema/problem-guide/codes.ts';
import { REASON_GUIDE } from '#schema/problem-guide/reasons.ts';
import { DOCUMENT_PATH } from '#workers/openapi/document.ts';
import { roundTripsOf } from '#workers/openapi/operation.ts';
import { exampleRequest } from '#workers/openapi/request-example.ts';
import type { Route } from '#workers/routes/route.ts';
import { ERROR_CODES, reasonsOf } from './error-pages.ts';

const CONVENTIONS = `- Send \`Authorization: Bearer mk_…\`. A key has what its scopes and its creator both have.
- JSON in camelCase, UTF-8. Ids carry their kind (\`tkt_…\`). Times are RFC 3339 in UTC.
- Unknown fields and parameters are refused by name. Answers may grow: ignore what you do not know.
- In PATCH an absent field stays and null clears.
- Lists are \`{data, page: {next, hasMore}}\`; send \`next\` as \`cursor\`. \`limit\` is 1 to 200.
- Send the \`ETag\` you read as \`If-Match\`; 412 means that somebody edited meanwhile.
- Send an \`Idempotency-Key\` with a POST or PATCH and a retry never does a thing twice; kept for 24 hours.
- Refusals are \`application/problem+json\` with a stable \`code\` and often a \`reason\`.
- \`X-Request-Id\` is on every answer.`;

/** The reference as Markdown, for people and programs that read text. */
export function apiMarkdown(routes: readonly Route[]): string {
  const areas = [...Map.groupBy(routes, ({ tag }) => tag)].map(
    ([tag, those]) => `## ${tag.replace(/^./, (first) => first.toUpperCase())}\n\n${those.map(operation).join('\n')}`,
  );
  const errors = ERROR_CODES.map((code) => {
    const reasons = reasonsOf(code, routes).map((reason) => `  - \`${reason}\`: ${REASON_GUIDE[reason]?.remedy ?? ''}`);
    const { meaning, remedy } = CODE_GUIDE[code];
    return [`- \`${code}\` (${ERROR_STATUS[code]}): ${meaning} ${remedy}`, ...reasons].join('\n');
  });
  return `# Mallard API\n\n${CONVENTIONS}\n\n${areas.join('\n')}\n## Errors\n\n${errors.join('\n')}\n`;
}

function operation(route: Route): string {
  const permission = typeof route.permission === 'string' ? route.permission : route.permission.anyOf.join(' or ');
  const query = Object.keys(route.query?.shape ?? {});
  const { body } = exampleRequest(route);
  const answers = Object.keys(route.answers).join(', ');
  return [
    `### ${route.summary}\n`,
    `\`${route.method} ${route.path}\` · \`${route.id}\`\n`,
    ...(route.description === undefined ? [] : [`${route.description}\n`]),
    `- permission: ${permission}`,
    ...(query.length === 0 ? [] : [`- query: ${query.map((name) => `\`${name}\``).join(', ')}`]),
    `- answers: ${answers}; database trips: ${roundTripsOf(route)}`,
    ...(body === undefined ? [] : [`- body, for example: \`${JSON.stringify(body)}\``]),
    '',
  ].join('\n');
}

/** What a language model is told to read (llmstxt.org). */
export const llmsText = (routes: readonly Route[]): string => `# Mallard

> A support desk with one HTTP API: ${routes.length} operations, all alike in errors, lists, versions and retries.

${CONVENTIONS}

## Reference

- [OpenAPI 3.1 document](${DOCUMENT_PATH}): every operation with schemas, permissions and refusals
- [The API as Markdown](/docs/api.md): the same, short
- [Errors](/docs/errors/): each code with its reasons and remedies
`;
