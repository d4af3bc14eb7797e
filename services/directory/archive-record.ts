import { unchanged } from '#services/kernel/change.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import type { VersionGuard } from '#services/kernel/version-guard.ts';
import { changeRecord } from './change-record.ts';
import type { RecordKind, RecordRow } from './record-kind.ts';
import { ownersOfPartsOf, recordById } from './record-queries.ts';
import { partTaken, permitChange } from './require-record.ts';
import { revived } from './revived.ts';

export interface RecordInput<Row extends RecordRow> {
  id: Row['id'];
  ifMatch: VersionGuard | null;
}

/**
 * Takes a record out of use: its addresses or domains are free for others, people keep their tickets and logins.
 * @throws ServiceError not_found; forbidden; conflict `merged`; stale_version.
 */
export const archiveRecord = <Row extends RecordRow, Wire>(name: string, kind: RecordKind<Row, Wire>) =>
  defineVerb({
    name,
    permission: 'org.manage',
    load: ({ id }: RecordInput<Row>) => ({ found: recordById(kind, id) }),
    decide({ found }, { ifMatch }, { authority, now }) {
      const { permit, known } = permitChange(kind, authority, found, ifMatch);
      if (known.row.archivedAt !== null) return unchanged(permit, kind.view(known));
      return changeRecord(kind, {
        permit,
        before: known,
        after: {
          row: { ...known.row, archivedAt: now },
          parts: known.parts.map((part) => ({ ...part, active: false })),
        },
        telling: 'archived',
        now,
        answer: kind.view,
      });
    },
  });

/**
 * Brings a record back with the addresses or domains it had; those that others took meanwhile are in the way, or dropped.
 * @throws ServiceError not_found; forbidden; conflict `merged`, `email_taken`, `domain_taken`, `name_taken`; stale_version.
 */
export const unarchiveRecord = <Row extends RecordRow, Wire>(name: string, kind: RecordKind<Row, Wire>) =>
  defineVerb({
    name,
    permission: 'org.manage',
    load: ({ id }: RecordInput<Row> & { dropTaken: boolean }) => ({
      found: recordById(kind, id),
      taken: ownersOfPartsOf(kind, id),
    }),
    decide({ found, taken }, { ifMatch, dropTaken }, { authority, now }) {
      const { permit, known } = permitChange(kind, authority, found, ifMatch);
      if (known.row.archivedAt === null) return unchanged(permit, kind.view(known));
      const [first] = taken;
      if (first !== undefined && !dropTaken) throw partTaken(kind, first);
      return changeRecord(kind, {
        permit,
        before: known,
        after: revived(
          known,
          taken.map(({ value }) => value),
        ),
        telling: 'unarchived',
        now,
        answer: kind.view,
      });
    },
  });
