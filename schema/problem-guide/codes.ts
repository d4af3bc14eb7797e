import type { ErrorCode } from '../errors.ts';

export interface CodeEntry {
  /** What has happened, in one sentence. */
  meaning: string;
  remedy: string;
  /** Whether the same request may succeed later without a change. */
  retry: 'never' | 'after a change' | 'as it is';
}

/** Each error code for people; the pages under `/docs/errors` and the OpenAPI descriptions are made from it. */
export const CODE_GUIDE: Readonly<Record<ErrorCode, CodeEntry>> = {
  invalid_request: {
    meaning: 'The request is not well formed: a field, parameter, header or the body itself breaks its declaration.',
    remedy:
      'Read `errors`: each entry names the place as a JSON pointer, a stable code and what was expected. Nothing was changed.',
    retry: 'after a change',
  },
  unauthenticated: {
    meaning: 'There is no credential, or it is not one of ours, or it no longer counts.',
    remedy:
      'Send `Authorization: Bearer mk_…`. With a reason, the key was right once; ask an administrator for another.',
    retry: 'after a change',
  },
  forbidden: {
    meaning: 'You may see this, but not do that to it.',
    remedy:
      '`required` names the permission. A key has what its scopes and its creator both have, at the places it is limited to.',
    retry: 'after a change',
  },
  not_found: {
    meaning: 'There is no such thing, it was deleted, or you may not see it. The answer is the same for all three.',
    remedy:
      'Check the id and the path. If the thing exists, the credential lacks sight of it: a view permission, team or inbox.',
    retry: 'after a change',
  },
  method_not_allowed: {
    meaning: 'The path exists, the method does not.',
    remedy: 'The header `Allow` lists the methods of this path.',
    retry: 'never',
  },
  conflict: {
    meaning: 'The request is sound, but the present state of things refuses it.',
    remedy: 'The reason says what is in the way. Read the thing again, decide, send anew.',
    retry: 'after a change',
  },
  idempotency_in_flight: {
    meaning: 'A request with the same Idempotency-Key is still running.',
    remedy: 'Wait for `Retry-After` and send the same request with the same key: you get the answer of the first.',
    retry: 'as it is',
  },
  stale_version: {
    meaning: 'Somebody has edited this since you read it, so your version no longer matches.',
    remedy: 'Compare with `current`, merge your change into it, and send it with the new version.',
    retry: 'after a change',
  },
  payload_too_large: {
    meaning: 'The body is larger than this operation takes.',
    remedy: 'A JSON body may have 256 KiB unless the operation says otherwise. Send less, or in parts.',
    retry: 'after a change',
  },
  unsupported_media_type: {
    meaning: 'The body is of a kind that this operation does not take, or it is compressed.',
    remedy: 'Send `Content-Type: application/json` in UTF-8 and no `Content-Encoding`.',
    retry: 'after a change',
  },
  unprocessable: {
    meaning: 'Every field is well formed, but together, or with what they refer to, they cannot be carried out.',
    remedy: 'The reason says which rule; where a field is to blame, `errors` points at it.',
    retry: 'after a change',
  },
  idempotency_mismatch: {
    meaning: 'This Idempotency-Key was used within 24 hours for another method, path, query or body.',
    remedy: 'Make a new key for each new intent, and keep it only over the retries of that one. Nothing was changed.',
    retry: 'never',
  },
  rate_limited: {
    meaning: 'Too many requests in a short time.',
    remedy: 'Wait for `Retry-After` seconds. Spread the load: no header raises a limit.',
    retry: 'as it is',
  },
  internal: {
    meaning: 'Something failed on our side.',
    remedy:
      'Report the request id: it finds the log entry. A change may be retried safely with the same Idempotency-Key.',
    retry: 'as it is',
  },
  unavailable: {
    meaning: 'Something that is needed, mostly the database, is out of reach for a moment.',
    remedy: 'Wait for `Retry-After` and send the same request, with the same Idempotency-Key if it changes anything.',
    retry: 'as it is',
  },
};
