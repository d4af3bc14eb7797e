import { unchanged } from '#services/kernel/change.ts';
import { defineRead } from '#services/kernel/verb.ts';
import type { Part, RecordKind, RecordRow } from './record-kind.ts';
import { recordById } from './record-queries.ts';
import { permitRecord } from './require-record.ts';

/** All addresses or domains of a record, the primary one first. @throws ServiceError not_found. */
export const listParts = <Row extends RecordRow, Wire, Shown>(
  name: string,
  kind: RecordKind<Row, Wire>,
  view: (part: Part) => Shown,
) =>
  defineRead({
    name,
    permission: 'org.view',
    load: ({ id }: { id: Row['id'] }) => ({ found: recordById(kind, id) }),
    decide({ found }, _input, { authority }) {
      const { permit, known } = permitRecord(authority, 'org.view', found);
      return unchanged(permit, { data: known.parts.map(view), page: { next: null, hasMore: false } });
    },
  });
