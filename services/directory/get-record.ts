import { unchanged } from '#services/kernel/change.ts';
import { defineRead } from '#services/kernel/verb.ts';
import type { RecordKind, RecordRow } from './record-kind.ts';
import { recordById } from './record-queries.ts';
import { permitRecord } from './require-record.ts';

/** A record as it is, archived ones too, or where a merged one went. @throws ServiceError not_found. */
export const getRecord = <Row extends RecordRow, Wire>(name: string, kind: RecordKind<Row, Wire>) =>
  defineRead({
    name,
    permission: 'org.view',
    load: ({ id }: { id: Row['id'] }) => ({ found: recordById(kind, id) }),
    decide({ found }, _input, { authority }) {
      const { permit, known } = permitRecord(authority, 'org.view', found);
      const { mergedIntoId } = known.row;
      return unchanged<{ record: Wire } | { mergedIntoId: Row['id'] }>(
        permit,
        mergedIntoId === null ? { record: kind.view(known) } : { mergedIntoId },
      );
    },
  });
