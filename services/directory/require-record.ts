import { ServiceError } from '#schema/errors.ts';
import type { Authority } from '#services/access/authority.ts';
import type { Permission } from '#services/access/permissions.ts';
import { notFound, type Permit, permitWorkspace } from '#services/access/permit.ts';
import { requireVersion, type VersionGuard } from '#services/kernel/version-guard.ts';
import type { Known, RecordKind, RecordRow } from './record-kind.ts';

const VIEW = 'org.view';

/** Contacts and organisations as a whole. @throws ServiceError forbidden. */
export const permitDirectory = (authority: Authority, key: Permission): Permit =>
  permitWorkspace(authority, key, { view: VIEW, single: false });

/** One of them, whatever became of it. @throws ServiceError not_found; forbidden. */
export function permitRecord<Row>(
  authority: Authority,
  key: Permission,
  known: Known<Row> | undefined,
): { permit: Permit; known: Known<Row> } {
  const permit = permitWorkspace(authority, key, { view: VIEW, single: true });
  if (known === undefined) throw notFound();
  return { permit, known };
}

/**
 * One of them to be changed. @throws ServiceError not_found, also for an erased one; forbidden; conflict `merged`, which
 * names the winner; stale_version.
 */
export function permitChange<Row extends RecordRow, Wire>(
  kind: RecordKind<Row, Wire>,
  authority: Authority,
  found: Known<Row> | undefined,
  ifMatch: VersionGuard | null,
  key: Permission = 'org.manage',
): { permit: Permit; known: Known<Row> } {
  const { permit, known } = permitRecord(authority, key, found);
  requireChangeable(known.row);
  requireVersion(ifMatch, known.row.version, kind.view(known));
  return { permit, known };
}

/** @throws ServiceError not_found for an erased record; conflict `merged`. */
export function requireChangeable({ erasedAt, mergedIntoId }: RecordRow): void {
  if (mergedIntoId !== null) {
    throw new ServiceError('conflict', 'This was merged into another.', {
      reason: 'merged',
      extra: { into: mergedIntoId },
    });
  }
  if ((erasedAt ?? null) !== null) throw notFound();
}

/** @throws ServiceError conflict `email_taken`, `domain_taken`; `by` names the owner to those who may see it. */
export const partTaken = (
  { parts }: { parts: { name: 'emails' | 'domains' } },
  taken: { value: string; ownerId: string },
): ServiceError => {
  const isEmail = parts.name === 'emails';
  const detail = isEmail ? 'Another contact has this address.' : 'Another organisation has this domain.';
  return new ServiceError('conflict', detail, {
    reason: isEmail ? 'email_taken' : 'domain_taken',
    extra: { taken: taken.value, by: taken.ownerId },
  });
};

export const tooMany = (detail: string): ServiceError =>
  new ServiceError('unprocessable', detail, { reason: 'limit_reached' });
