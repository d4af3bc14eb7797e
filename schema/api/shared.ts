import * as z from 'zod';

/** An instant as answers give it: RFC 3339 in UTC with milliseconds. */
export const Instant = z.iso.datetime({ precision: 3 }).meta({ id: 'Instant', examples: ['2026-11-02T09:12:00.000Z'] });

/** One line of text, trimmed, between `min` and `max` characters. */
export const oneLine = (min: number, max: number) =>
  z
    .string()
    .trim()
    .min(min)
    .max(max)
    .refine((text) => !/[\r\n]/.test(text), 'This is one line of text.');

export const DEFAULT_LIMIT = 50;
export const MAX_LIMIT = 200;

/** `limit` and `cursor` of every list. Out of range is refused, never clamped. */
export const pageQuery = (max = MAX_LIMIT) => ({
  limit: z
    .string()
    .regex(/^[1-9]\d{0,3}$/, `A whole number from 1 to ${max}.`)
    .transform(Number)
    .refine((limit) => limit <= max, { error: `At most ${max}.`, params: { code: 'too_big' } })
    .default(DEFAULT_LIMIT)
    .meta({ type: 'integer', minimum: 1, maximum: max, default: DEFAULT_LIMIT }),
  cursor: z.string().max(512).optional().meta({ description: '`page.next` of the page before.' }),
});

/** Several values of one set, separated by commas: any of them. */
export const anyOfQuery = <const V extends readonly [string, ...string[]]>(values: V) =>
  z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(z.enum(values)).min(1).max(50))
    .meta({ type: 'array', items: { type: 'string', enum: [...values] }, minItems: 1, maxItems: 50 });

/** A page of a list: no total, ever. */
export const pageOf = <T extends z.ZodType>(item: T) =>
  z.strictObject({
    data: z.array(item),
    page: z.strictObject({ next: z.string().nullable(), hasMore: z.boolean() }).meta({ id: 'Page' }),
  });

/** A moment of the past: an instant, or a revision of what is asked about. */
export const asOfQuery = () =>
  z
    .string()
    .max(40)
    .refine(
      (text) => /^revision:[1-9]\d{0,8}$/.test(text) || z.iso.datetime({ offset: true }).safeParse(text).success,
      {
        error: 'An instant, or `revision:` and a number.',
        params: { code: 'invalid_format' },
      },
    )
    .transform((text) =>
      text.startsWith('revision:') ? { revision: Number(text.slice('revision:'.length)) } : { at: new Date(text) },
    )
    .optional()
    .meta({
      type: 'string',
      description: 'As it was then, as far as you may read it now.',
      examples: ['2026-11-02T09:12:00Z'],
    });
