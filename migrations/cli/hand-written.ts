import { appendOnlyTriggers, FUNCTIONS, STORAGE } from '#schema/functions.ts';
import type { HandWritten } from './drift.ts';

/** The functions, triggers and storage parameters that belong to tables of these names. */
export const handWrittenFor = (tables: Iterable<string>): HandWritten => ({
  objects: [...FUNCTIONS, ...appendOnlyTriggers(tables)],
  storage: STORAGE,
});
