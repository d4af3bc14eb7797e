import type * as z from 'zod';
import type { MESSAGE_AUDIENCES } from '../values.ts';

/** One event type: what it names, who may ever receive it, its strict payload, a sample that parses. */
export interface EventDefinition<P extends z.ZodType = z.ZodType> {
  /** The aggregate root whose `event_seq` numbers it. */
  entity: string;
  /** The permission that a subscriber's owner must hold to be told. */
  viewKey: string;
  audiences: readonly (typeof MESSAGE_AUDIENCES)[number][];
  /** Filters that bind this type. */
  dimensions: readonly ('inbox' | 'team')[];
  label: string;
  /** Payload version, the date of the last breaking change. */
  version: string;
  payload: P;
  sample: z.input<P>;
  /** Payload paths left out below internal audience. */
  internal?: readonly string[];
  /** Text paths cut, longest first, when a payload would pass 64 KiB. */
  truncatable?: readonly string[];
}

export const defineEvent = <P extends z.ZodType>(definition: EventDefinition<P>): EventDefinition<P> => definition;
