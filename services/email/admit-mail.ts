import { and, eq, sql } from 'drizzle-orm';
import type { Id } from '#schema/ids.ts';
import { inboundDeliveries, inboxChannels } from '#schema/index.ts';
import { publicPermit } from '#services/access/permit.ts';
import { inboundId } from '#services/inbound/store-inbound.ts';
import { unchanged } from '#services/kernel/change.ts';
import { qb, statement } from '#services/kernel/query.ts';
import { defineSystemVerb } from '#services/kernel/verb.ts';

export type Admission = 'unknown_recipient' | 'known' | 'new';

/**
 * Whether the door takes a mail: the recipient is an address of ours, also an archived one, whose mail goes on to the
 * default inbox. A mail that is stored already is taken and not stored again, unless its processing had died.
 */
export const admitMail = defineSystemVerb({
  name: 'admitMail',
  actor: 'system',
  load: ({ recipient, key }: { recipient: string; key: string }) => ({
    channels: statement(
      qb
        .select({ id: inboxChannels.id })
        .from(inboxChannels)
        .where(and(eq(inboxChannels.kind, 'email'), eq(inboxChannels.externalId, recipient)))
        .limit(1),
    ),
    stored: statement(
      qb
        .select({ id: inboundDeliveries.id })
        .from(inboundDeliveries)
        .where(
          and(
            eq(inboundDeliveries.id, inboundId('mail', key) as Id<'inbd'>),
            sql`${inboundDeliveries.state} <> 'dead'`,
          ),
        ),
    ),
  }),
  decide({ channels, stored }) {
    const admission: Admission = channels.length === 0 ? 'unknown_recipient' : stored.length > 0 ? 'known' : 'new';
    return unchanged(publicPermit('mail_envelope'), admission);
  },
});
