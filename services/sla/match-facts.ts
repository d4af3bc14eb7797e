import type { Id } from '#schema/ids.ts';

/** Facts that policy conditions may name and a `tickets` row does not hold; what is left out counts as missing. */
export interface MatchFacts {
  tags?: readonly Id<'ttag'>[];
  requester?: { name?: string | null; email?: string | null; segments?: readonly Id<'seg'>[] };
  organization?: { domains?: readonly string[]; attributes?: Readonly<Record<string, unknown>> };
}
