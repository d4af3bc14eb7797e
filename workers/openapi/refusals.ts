import { ERROR_STATUS, type ErrorCode, type Reason } from '#schema/errors.ts';
import { CODE_GUIDE } from '#schema/problem-guide/codes.ts';
import { REASON_GUIDE } from '#schema/problem-guide/reasons.ts';
import { ERROR_TITLES } from '#schema/problem-guide/titles.ts';
import type { Route } from '../routes/route.ts';
import type { JsonObject } from './components.ts';

/** A refusal that an operation can give, with the reasons of it that its contract declares. */
export interface Refusal {
  code: ErrorCode;
  own: Reason[];
}

/** Reasons that come from the doors and the kernel, so that no contract has to declare them. */
export const AUTOMATIC_REASONS: Readonly<Partial<Record<ErrorCode, readonly Reason[]>>> = {
  invalid_request: [
    'malformed_id',
    'wrong_id_kind',
    'invalid_json',
    'invalid_text',
    'out_of_range',
    'unexpected_body',
    'url_too_long',
    'invalid_cursor',
    'cursor_mismatch',
    'version_contradiction',
    'version_required',
    'idempotency_key_invalid',
    'idempotency_key_required',
  ],
  unauthenticated: [
    'key_revoked',
    'key_expired',
    'ip_denied',
    'creator_inactive',
    'not_a_member',
    'member_inactive',
    'token_revoked',
  ],
  forbidden: [
    'cross_site',
    'missing_permission',
    'key_scope',
    'key_limit',
    'share_level',
    'inbox_viewer',
    'owning_side',
  ],
  conflict: ['contention', 'reference_gone'],
  rate_limited: ['ip', 'auth_failures', 'credential', 'heavy', 'workspace'],
  unavailable: ['issuer_unreachable', 'outcome_unknown'],
};

/** Every refusal that the doors and the contract of a route can give, in order of status. */
export function refusalsOf(route: Route): Refusal[] {
  const found = new Map<ErrorCode, Reason[]>();
  for (const code of [...automaticCodes(route), ...(route.refuses ?? [])]) found.set(code, []);
  if (route.secretFields !== undefined) found.set('conflict', ['secret_not_replayed']);
  for (const reason of route.reasons ?? []) {
    const entry = REASON_GUIDE[reason];
    if (entry === undefined)
      throw new Error(`${route.id} declares ${reason}, which schema/problem-guide does not explain`);
    for (const code of entry.codes) found.set(code, [...(found.get(code) ?? []), reason]);
  }
  return [...found]
    .map(([code, own]) => ({ code, own }))
    .toSorted((a, b) => ERROR_STATUS[a.code] - ERROR_STATUS[b.code]);
}

function automaticCodes(route: Route): ErrorCode[] {
  const takesBody =
    route.body !== undefined ||
    (route.kind === 'public' && route.bytes !== undefined) ||
    (route.kind === 'staff' && route.raw === true);
  const keyed = route.idempotency === 'key' || route.idempotency === 'key_required';
  const codes: [ErrorCode, boolean][] = [
    ['invalid_request', true],
    ['unauthenticated', route.kind !== 'public' || route.bytes !== undefined],
    ['forbidden', route.kind !== 'public'],
    ['not_found', route.params !== undefined],
    ['conflict', route.kind !== 'public' && route.method !== 'GET' && route.idempotency !== 'none'],
    ['idempotency_in_flight', keyed],
    ['stale_version', (route.version ?? 'none') !== 'none'],
    ['payload_too_large', takesBody],
    ['unsupported_media_type', takesBody],
    ['idempotency_mismatch', keyed],
    ['rate_limited', true],
    ['unavailable', true],
  ];
  return codes.filter(([, given]) => given).map(([code]) => code);
}

/** A problem as it would be sent. */
export const problemExample = (code: ErrorCode, reason?: Reason): JsonObject => ({
  type: `https://desk.example.com/docs/errors/${code}`,
  title: ERROR_TITLES[code],
  status: ERROR_STATUS[code],
  code,
  ...(reason === undefined ? {} : { reason }),
  detail: reason === undefined ? CODE_GUIDE[code].meaning : (REASON_GUIDE[reason]?.remedy ?? ''),
  instance: '/api/v1/tickets',
  requestId: 'req_01h455vb4pex5vsknk084sn02q',
});
