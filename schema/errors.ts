import type { Id } from './ids.ts';
import { REASONS, type Reason } from './reasons.ts';

export { REASONS, type Reason };

/** Every error code and the HTTP status it answers with; exhaustive, so a new code cannot lack a status. */
export const ERROR_STATUS = {
  invalid_request: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  idempotency_in_flight: 409,
  stale_version: 412,
  payload_too_large: 413,
  unsupported_media_type: 415,
  unprocessable: 422,
  idempotency_mismatch: 422,
  rate_limited: 429,
  internal: 500,
  unavailable: 503,
} as const satisfies Record<string, number>;

export type ErrorCode = keyof typeof ERROR_STATUS;

/** One broken field of a request: where it stands, a stable code, a sentence for people. */
export interface FieldError {
  in: 'body' | 'query' | 'path' | 'header';
  pointer: string;
  code: string;
  detail: string;
}

export interface ErrorDetails {
  reason?: Reason;
  errors?: readonly FieldError[];
  /** Extra members that the reason declares: `current`, `required`, `existingId` … */
  extra?: Readonly<Record<string, unknown>>;
  /** Sent as `Retry-After`. */
  retryAfterSeconds?: number;
  cause?: unknown;
  /** Kept in the audit as `access.denied` under this name; the rules of giving are kept without it. */
  denial?: { action: string; target: { type: string; id: Id } | null };
}

/** An expected refusal. `detail` is one sentence for people and never holds SQL, a constraint name or a secret. */
export class ServiceError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, detail: string, details: ErrorDetails = {}) {
    super(detail, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'ServiceError';
    this.code = code;
    this.details = details;
  }

  get reason(): Reason | undefined {
    return this.details.reason;
  }
}
