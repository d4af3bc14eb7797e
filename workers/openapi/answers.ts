import * as z from 'zod';
import { Problem } from '#schema/api/problem.ts';
import { ERROR_STATUS, type ErrorCode, type Reason } from '#schema/errors.ts';
import { CODE_GUIDE } from '#schema/problem-guide/codes.ts';
import { answersOf, takesDryRun } from '../routes/dry-run.ts';
import type { Route } from '../routes/route.ts';
import type { Components, JsonObject } from './components.ts';
import { headerReferences } from './headers.ts';
import { AUTOMATIC_REASONS, problemExample, type Refusal, refusalsOf } from './refusals.ts';
import { sampleOf } from './sample.ts';

const SUCCESS: Readonly<Record<number, string>> = {
  200: 'Done, or as asked.',
  201: 'Made.',
  202: 'Taken; it is carried out soon.',
  204: 'Done; there is nothing to say.',
};

/** Every answer of a route, refusals included. Refusals that are alike everywhere stand once among the components. */
export function responsesOf(route: Route, components: Components): JsonObject {
  const responses: [number, JsonObject][] = [];
  for (const [status, refusals] of Map.groupBy(refusalsOf(route), ({ code }) => ERROR_STATUS[code])) {
    responses.push([status, refusalResponse(route, refusals, components)]);
  }
  for (const [status, schema] of Object.entries(answersOf(route))) {
    responses.push([Number(status), answerResponse(route, Number(status), schema, components)]);
  }
  return Object.fromEntries(responses.toSorted(([a], [b]) => a - b));
}

function answerResponse(route: Route, status: number, schema: z.ZodType | null, components: Components): JsonObject {
  const keyed = route.idempotency === 'key' || route.idempotency === 'key_required';
  const own = route.answers[status];
  const versioned = own instanceof z.ZodObject && 'version' in own.shape;
  const headers = headerReferences([
    'X-Request-Id',
    ...(versioned ? (['ETag'] as const) : []),
    ...(status === 201 || status === 202 ? (['Location'] as const) : []),
    ...(keyed ? (['Idempotency-Replayed', 'Original-Request-Id'] as const) : []),
  ]);
  const dry = status === 200 && takesDryRun(route) ? ' With `dryRun=true`: what would happen.' : '';
  const description = `${SUCCESS[status] ?? 'As asked.'}${dry}`;
  if (schema === null) return { description, headers };
  const shown = components.schemaOf(schema, 'output');
  return {
    description,
    headers,
    content: { 'application/json': { schema: shown, example: sampleOf(shown, components.schemas, 'all') } },
  };
}

function refusalResponse(route: Route, refusals: readonly Refusal[], components: Components): JsonObject {
  const signed =
    route.kind === 'public' && route.bytes !== undefined && refusals.some(({ code }) => code === 'unauthenticated');
  const special = signed || refusals.some(({ own }) => own.length > 0);
  const response = () => ({
    description: signed ? 'The signature does not fit the bytes.' : refusals.map(sentence).join('\n\n'),
    headers: headerReferences([
      'X-Request-Id',
      ...(refusals.some(({ code }) => MAY_RETRY.has(code)) ? (['Retry-After'] as const) : []),
    ]),
    content: {
      'application/problem+json': {
        schema: components.schemaOf(Problem, 'output'),
        examples: examplesOf(refusals, components),
      },
    },
  });
  if (special) return response();
  const name = refusals.map(({ code }) => pascal(code)).join('Or');
  components.responses[name] ??= response();
  return { $ref: `#/components/responses/${name}` };
}

const MAY_RETRY: ReadonlySet<ErrorCode> = new Set(['conflict', 'idempotency_in_flight', 'rate_limited', 'unavailable']);

function sentence({ code, own }: Refusal): string {
  const reasons = [...own, ...(AUTOMATIC_REASONS[code] ?? [])].map((reason) => `\`${reason}\``);
  return `\`${code}\`: ${CODE_GUIDE[code].meaning}${reasons.length === 0 ? '' : ` Reasons: ${reasons.join(', ')}.`}`;
}

/** One per reason that the contract declares, else one for the code; each stands once among the components. */
function examplesOf(refusals: readonly Refusal[], components: Components): JsonObject {
  const shown = refusals.flatMap(({ code, own }) =>
    own.length === 0 ? [{ code }] : own.map((reason) => ({ code, reason })),
  );
  return Object.fromEntries(
    shown.map(({ code, reason }: { code: ErrorCode; reason?: Reason }) => {
      const name = pascal(reason === undefined ? code : `${code}_${reason}`);
      components.examples[name] ??= { value: problemExample(code, reason) };
      return [reason ?? code, { $ref: `#/components/examples/${name}` }];
    }),
  );
}

const pascal = (name: string): string => name.replaceAll(/(?:^|_)([a-z])/g, (_, first: string) => first.toUpperCase());
