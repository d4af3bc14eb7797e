import * as z from 'zod';
import { ERROR_STATUS, type ErrorCode } from '../errors.ts';
import { idSchema } from '../id-schema.ts';

const CODES = Object.keys(ERROR_STATUS) as [ErrorCode, ...ErrorCode[]];

/** One broken field of a request. */
export const FieldProblem = z
  .strictObject({
    in: z.enum(['body', 'query', 'path', 'header']),
    pointer: z.string().meta({ description: 'A JSON pointer (RFC 6901) into that part.', examples: ['/subject'] }),
    code: z.string().meta({ description: 'Stable, for programs.', examples: ['too_long'] }),
    detail: z.string().meta({ description: 'For people; may change.', examples: ['At most 500 characters.'] }),
  })
  .meta({ id: 'FieldProblem' });

/** Every refusal, as `application/problem+json` (RFC 9457). Reasons may add members of their own. */
export const Problem = z
  .looseObject({
    type: z.url().meta({
      description: 'A page that explains the code.',
      examples: ['https://desk.example.com/docs/errors/not_found'],
    }),
    title: z.string().meta({ examples: ['Not found'] }),
    status: z.int().min(400).max(599),
    code: z.enum(CODES).meta({ description: 'Stable, for programs.' }),
    reason: z.string().optional().meta({ description: 'Finer than the code and as stable; new ones may come.' }),
    detail: z.string().meta({ description: 'For people; may change.' }),
    instance: z.string().meta({ description: 'The path of the request.' }),
    requestId: idSchema('req').meta({ description: 'As in X-Request-Id. Quote it when you ask for help.' }),
    errors: z.array(FieldProblem).max(50).optional(),
  })
  .meta({ id: 'Problem' });

export type Problem = z.output<typeof Problem>;
