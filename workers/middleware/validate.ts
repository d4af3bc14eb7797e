import * as z from 'zod';
import { type FieldError, ServiceError } from '#schema/errors.ts';

const MOST_ERRORS = 50;

type Part = FieldError['in'];

/** The empty query, for routes that take no parameter: an unknown one is refused by name all the same. */
export const NO_FIELDS = z.strictObject({});

/** Checks parts of a request against their schemas and collects every broken field. @throws ServiceError invalid_request */
export function validate(parts: readonly { in: Part; schema: z.ZodObject | undefined; value: unknown }[]): unknown[] {
  const errors: FieldError[] = [];
  const values = parts.map(({ in: part, schema, value }) => {
    if (schema === undefined) return undefined;
    const result = schema.safeParse(value, { reportInput: true });
    if (!result.success) errors.push(...result.error.issues.flatMap((issue) => fieldErrors(part, issue)));
    return result.data;
  });
  if (errors.length === 0) return values;
  const shown = errors.slice(0, MOST_ERRORS);
  const summary = shown.length === 1 ? (shown[0]?.detail ?? '') : `${shown.length} fields are not as they should be.`;
  throw new ServiceError('invalid_request', summary, { errors: shown, ...idReason(shown) });
}

/** A lone broken id is worth its own reason: it is the commonest mistake. */
function idReason(errors: readonly FieldError[]): { reason?: 'malformed_id' | 'wrong_id_kind' } {
  const [first] = errors;
  return errors.length === 1 && (first?.code === 'malformed_id' || first?.code === 'wrong_id_kind')
    ? { reason: first.code }
    : {};
}

function fieldErrors(part: Part, issue: z.core.$ZodIssue): FieldError[] {
  const base = { in: part, pointer: pointerOf(issue.path) };
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      in: part,
      pointer: pointerOf([...issue.path, key]),
      code: 'unknown_field',
      detail: `There is no field "${key}" here.`,
    }));
  }
  if (issue.code === 'invalid_union') {
    const [branch] = issue.errors.toSorted((a, b) => a.length - b.length);
    // A union told apart by a member has no branch when that member is none of its values.
    if (branch === undefined) return [{ ...base, code: 'not_allowed', detail: issue.message }];
    return branch.flatMap((each) =>
      fieldErrors(part, { ...each, path: [...issue.path, ...each.path] } as z.core.$ZodIssue),
    );
  }
  return [{ ...base, code: codeOf(issue), detail: issue.message }];
}

function codeOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'required' : 'invalid_type';
    case 'too_small':
      return issue.origin === 'string' || issue.origin === 'array' ? 'too_short' : 'too_small';
    case 'too_big':
      return issue.origin === 'string' || issue.origin === 'array' ? 'too_long' : 'too_big';
    case 'invalid_value':
      return issue.input === undefined ? 'required' : 'not_allowed';
    case 'custom':
      return typeof issue.params?.code === 'string' ? issue.params.code : 'contradiction';
    default:
      return 'invalid_format';
  }
}

const pointerOf = (path: readonly PropertyKey[]): string =>
  path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/** A query string as an object; a parameter given twice is refused by name. */
export function queryOf(search: URLSearchParams): Record<string, string> {
  // No parameter is called so, and an object with members of any name would lose it in silence.
  if (search.has('__proto__')) {
    throw new ServiceError('invalid_request', 'There is no field "__proto__" here.', {
      errors: [
        { in: 'query', pointer: '/__proto__', code: 'unknown_field', detail: 'There is no field "__proto__" here.' },
      ],
    });
  }
  const repeated = [...new Set(search.keys())].filter((name) => search.getAll(name).length > 1);
  if (repeated.length > 0) {
    throw new ServiceError('invalid_request', 'A query parameter was given more than once.', {
      errors: repeated.map((name) => ({
        in: 'query',
        pointer: `/${name}`,
        code: 'duplicate',
        detail: `"${name}" was given more than once.`,
      })),
    });
  }
  const unfit = [...search].filter(
    ([name, value]) => `${name}${value}`.includes('\0') || !`${name}${value}`.isWellFormed(),
  );
  if (unfit.length > 0) {
    throw new ServiceError('invalid_request', 'A query parameter holds U+0000.', {
      errors: unfit.map(([name]) => ({
        in: 'query',
        pointer: `/${name}`,
        code: 'invalid_text',
        detail: 'The text holds U+0000.',
      })),
    });
  }
  return Object.fromEntries([...search].map(([name, value]) => [name, value.normalize('NFC')]));
}
