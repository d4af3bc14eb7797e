import type { ErrorCode } from '../errors.ts';

/** The `title` of each problem: one short phrase for its code, the same at every occurrence (RFC 9457 §3.1.3). */
export const ERROR_TITLES: Readonly<Record<ErrorCode, string>> = {
  invalid_request: 'The request is not well formed',
  unauthenticated: 'A valid credential is needed',
  forbidden: 'Not permitted',
  not_found: 'Not found',
  method_not_allowed: 'This method is not offered here',
  conflict: 'It conflicts with the present state',
  idempotency_in_flight: 'The first request is still running',
  stale_version: 'It has been changed meanwhile',
  payload_too_large: 'The body is too large',
  unsupported_media_type: 'This media type is not taken',
  unprocessable: 'It cannot be done as asked',
  idempotency_mismatch: 'The key belongs to another request',
  rate_limited: 'Too many requests',
  internal: 'Something failed here',
  unavailable: 'Out of reach for a moment',
};
