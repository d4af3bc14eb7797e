import type { FieldError } from '#schema/errors.ts';
import { canonicalJson } from '#services/kernel/canonical-json.ts';
import { badField } from './check-weekly.ts';

/** Refuses a value whose JSON takes more than `max` bytes of UTF-8. */
export const checkBytes = (value: unknown, max: number, pointer: string, code: string): FieldError[] =>
  new TextEncoder().encode(canonicalJson(value)).length > max
    ? [badField(pointer, code, `at most ${max / 1024} KiB of JSON`)]
    : [];
