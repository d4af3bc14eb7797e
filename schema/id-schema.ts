import * as z from 'zod';
import { ID_PREFIXES, type Id, idPattern, idProblem, isId, type Prefix, prefixOf } from './ids.ts';

export type IdSchema<P extends Prefix> = z.ZodType<Id<P>, string>;

// RFC 9562's moment: the suffix of the TypeID specification's own example.
const EXAMPLE_SUFFIX = '01h455vb4pex5vsknk084sn02q';
const SUFFIX_LENGTH = EXAMPLE_SUFFIX.length + 1;
const DEFAULT_LIST_MAX = 50;

const made = new Map<Prefix, IdSchema<Prefix>>();

/**
 * The schema of one kind of id, as it came: nothing is trimmed or lower-cased, a raw uuid is refused. A refusal is an issue
 * with `params.code` `malformed_id` or `wrong_id_kind`. One schema per prefix, so OpenAPI has one component for it.
 */
export function idSchema<P extends Prefix>(prefix: P): IdSchema<P> {
  const schema = made.get(prefix) ?? make(prefix);
  made.set(prefix, schema);
  return schema as IdSchema<P>;
}

/**
 * 1 to `max` ids of one kind. More is an issue with `params.code` `too_many`, an id that stood before one with
 * `duplicate_id` at its index.
 */
export const idListSchema = <P extends Prefix>(prefix: P, max = DEFAULT_LIST_MAX): z.ZodType<Id<P>[], string[]> =>
  z
    .array(idSchema(prefix))
    .min(1)
    .refine((ids) => ids.length <= max, { abort: true, params: { code: 'too_many' }, error: `at most ${max} ids` })
    .check(({ value, issues }) => {
      for (const [at, id] of value.entries()) {
        if (value.indexOf(id) === at) continue;
        const message = `the same id stands at ${value.indexOf(id)}`;
        issues.push({ code: 'custom', params: { code: 'duplicate_id' }, path: [at], input: id, message });
      }
    })
    .meta({ maxItems: max, uniqueItems: true });

/** The name of an id's OpenAPI component and of its type alias: `TicketId`. */
export const idName = (prefix: Prefix): string =>
  `${ID_PREFIXES[prefix].entity.replace(/(?:^| )([a-z])/g, (_, first: string) => first.toUpperCase())}Id`;

function make<P extends Prefix>(prefix: P): IdSchema<P> {
  const error = ({ input }: { input?: unknown }) => idProblem(prefix, String(input))?.detail;
  const length = prefix.length + SUFFIX_LENGTH;
  return z
    .string()
    .refine((text) => prefixOf(text) !== undefined, { abort: true, params: { code: 'malformed_id' }, error })
    .refine((text): text is Id<P> => isId(prefix, text), { params: { code: 'wrong_id_kind' }, error })
    .meta({
      id: idName(prefix),
      pattern: idPattern(prefix),
      minLength: length,
      maxLength: length,
      examples: [`${prefix}_${EXAMPLE_SUFFIX}`],
      'x-typeid-prefix': prefix,
    });
}
