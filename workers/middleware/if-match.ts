import { ServiceError } from '#schema/errors.ts';
import type { VersionGuard } from '#services/kernel/version-guard.ts';

const TAG = /^(W\/)?"([\x21\x23-\x7e]*)"$/;

/**
 * `If-Match` (RFC 9110 §13.1.1): strong tags or `*`; a weak one never matches. A body `version` says the same thing.
 * @throws ServiceError invalid_request: bad syntax, `version_contradiction`, `version_required`.
 */
export function versionGuardOf(
  header: string | null,
  bodyVersion: unknown,
  need: 'none' | 'optional' | 'required',
): VersionGuard | null {
  if (need === 'none') return null;
  const guard = header === null ? null : parse(header);
  if (typeof bodyVersion === 'number') {
    if (guard !== null && !guard.any && !guard.versions.includes(bodyVersion)) {
      throw new ServiceError('invalid_request', 'If-Match and the body name different versions.', {
        reason: 'version_contradiction',
      });
    }
    return { any: false, versions: [bodyVersion] };
  }
  if (guard === null && need === 'required') {
    throw new ServiceError('invalid_request', 'Send the version you read as If-Match.', { reason: 'version_required' });
  }
  return guard;
}

function parse(header: string): VersionGuard {
  if (header.trim() === '*') return { any: true };
  const versions: number[] = [];
  for (const part of header.split(',')) {
    const match = TAG.exec(part.trim());
    if (match === null) {
      throw new ServiceError('invalid_request', 'If-Match is not a list of entity tags.', {
        errors: [{ in: 'header', pointer: '/if-match', code: 'invalid_format', detail: 'Expected "7" or *.' }],
      });
    }
    if (match[1] === undefined && /^[1-9]\d{0,9}$/.test(match[2] ?? '')) versions.push(Number(match[2]));
  }
  return { any: false, versions };
}
