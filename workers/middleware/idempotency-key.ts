import { createHash } from 'node:crypto';
import { ServiceError } from '#schema/errors.ts';
import { canonicalJson } from '#services/kernel/canonical-json.ts';
import type { Idempotency } from '#services/kernel/run-verb.ts';
import type { Answer, Answers } from '../routes/contract.ts';
import type { IdentityRoute, StaffRoute } from '../routes/route.ts';

const KEY = /^[\x21-\x7e]{1,255}$/;
/** A longer answer is not kept; its repeat gets status and headers without a body. */
const KEPT_CHARACTERS = 262_144;

/** What the kernel needs to make a request happen once; `undefined` where no key was sent or the route takes none. */
export function idempotencyOf(
  route: StaffRoute | IdentityRoute,
  request: { header: string | null; path: string; query: unknown; body: unknown },
): Idempotency<unknown> | undefined {
  if (route.idempotency === 'natural' || route.idempotency === 'none') return undefined;
  if (request.header === null) {
    if (route.idempotency !== 'key_required') return undefined;
    throw new ServiceError('invalid_request', 'Send an Idempotency-Key.', { reason: 'idempotency_key_required' });
  }
  if (!KEY.test(request.header)) {
    throw new ServiceError('invalid_request', 'An Idempotency-Key has 1 to 255 visible ASCII characters.', {
      reason: 'idempotency_key_invalid',
    });
  }
  const asked = canonicalJson([route.method, request.path, request.query ?? null, request.body ?? null]);
  return {
    key: request.header,
    operation: route.id,
    requestHash: createHash('sha256').update(asked).digest(),
    onReplay: 'answer',
    render: (output) => kept(route.answer(output as never), route.secretFields ?? []),
  };
}

const FILE_HEADERS = ['content-type', 'content-length', 'content-disposition', 'content-digest'];

/** What stands for the body of a request whose bytes are still to come. */
export const describedFile = (headers: Headers): unknown => FILE_HEADERS.map((name) => headers.get(name));

function kept(answer: Answer<Answers>, secretFields: readonly string[]) {
  const body = bodyText(answer, secretFields);
  return {
    status: Number(answer.status),
    headers: { ...answer.headers },
    body: body !== null && body.length > KEPT_CHARACTERS ? null : body,
  };
}

/** The exact text of an answer's body, secrets shown once as null where `hidden` names them. */
export function bodyText(answer: Answer<Answers>, hidden: readonly string[] = []): string | null {
  const body = shownBody(answer, hidden);
  return body === null ? null : JSON.stringify(body);
}

export function shownBody(answer: Answer<Answers>, hidden: readonly string[]): unknown {
  const { body } = answer as { body?: unknown };
  if (body === undefined || body === null) return null;
  return hidden.length === 0 ? body : { ...body, ...Object.fromEntries(hidden.map((field) => [field, null])) };
}
