import { unchanged } from '#services/kernel/change.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import type { RecordInput } from './archive-record.ts';
import { changeRecord } from './change-record.ts';
import type { RecordKind, RecordRow } from './record-kind.ts';
import { ownersOfPartsOf, recordById } from './record-queries.ts';
import { partTaken, permitChange } from './require-record.ts';
import { revived } from './revived.ts';

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
