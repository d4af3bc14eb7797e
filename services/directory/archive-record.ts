import { unchanged } from '#services/kernel/change.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import type { VersionGuard } from '#services/kernel/version-guard.ts';
import { changeRecord } from './change-record.ts';
import type { RecordKind, RecordRow } from './record-kind.ts';
import { recordById } from './record-queries.ts';
import { permitChange } from './require-record.ts';

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
