import { type Decision, unchanged } from '#services/kernel/change.ts';
import type { Statement } from '#services/kernel/query.ts';
import { type Deciding, defineVerb } from '#services/kernel/verb.ts';
import type { RecordInput } from './archive-record.ts';
import { type Also, changeRecord } from './change-record.ts';
import type { Known, RecordKind, RecordRow } from './record-kind.ts';
import { ownersOfPartsOf, recordById } from './record-queries.ts';
import { partTaken, permitChange } from './require-record.ts';
import { revived } from './revived.ts';

/** What follows from addresses that count again. */
interface Following<Row extends RecordRow, Facts> {
  load(id: Row['id']): Statement<Facts>;
  also(after: Known<Row>, facts: Facts, by: Pick<Deciding, 'now' | 'ids'>): Also;
}

/**
 * Brings a record back with the addresses or domains it had; those that others took meanwhile are in the way, or dropped.
 * @throws ServiceError not_found; forbidden; conflict `merged`, `email_taken`, `domain_taken`, `name_taken`; stale_version.
 */
export const unarchiveRecord = <Row extends RecordRow, Wire, Facts>(
  name: string,
  kind: RecordKind<Row, Wire>,
  { load, also }: Following<Row, Facts>,
) =>
  defineVerb({
    name,
    permission: 'org.manage',
    load: ({ id }: RecordInput<Row> & { dropTaken: boolean }) => ({
      found: recordById(kind, id),
      taken: ownersOfPartsOf(kind, id),
      facts: load(id),
    }),
    decide({ found, taken, facts }, { ifMatch, dropTaken }, { authority, now, ids }): Decision<Wire> {
      const { permit, known } = permitChange(kind, authority, found, ifMatch);
      if (known.row.archivedAt === null) return unchanged(permit, kind.view(known));
      const [first] = taken;
      if (first !== undefined && !dropTaken) throw partTaken(kind, first);
      const after = revived(
        known,
        taken.map(({ value }) => value),
      );
      return changeRecord(kind, {
        permit,
        before: known,
        after,
        telling: 'unarchived',
        now,
        also: also(after, facts, { now, ids }),
        answer: kind.view,
      });
    },
  });
