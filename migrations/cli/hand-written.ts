import { FUNCTIONS, STORAGE, triggersOf } from '#schema/functions.ts';
import type { HandWritten } from './drift.ts';

/** The functions, triggers and storage parameters that belong to tables of these names. */
export const handWrittenFor = (tables: Iterable<string>): HandWritten => ({
  objects: [...FUNCTIONS, ...triggersOf(tables)],
  storage: STORAGE,
});
