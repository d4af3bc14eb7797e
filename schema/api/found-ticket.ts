import * as z from 'zod';
import { idSchema } from '../id-schema.ts';
import { TicketSummary } from './tickets.ts';

/** A ticket of a list; a search says why it is there. */
export const FoundTicket = TicketSummary.extend({
  highlight: z
    .strictObject({
      messageId: idSchema('tmsg'),
      text: z.string(),
      matches: z.array(z.strictObject({ from: z.int().nonnegative(), to: z.int().positive() })).meta({
        description: 'Where the words stand in the text, in UTF-16 code units.',
      }),
    })
    .nullable()
    .meta({ description: 'Of the newest message that you may read and that holds any of the words of `q`.' }),
}).meta({ id: 'FoundTicket' });

export type FoundTicket = z.input<typeof FoundTicket>;
