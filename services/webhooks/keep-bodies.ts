import { sql } from 'drizzle-orm';
import { run } from '#services/kernel/query.ts';
import type { Kernel } from '#services/kernel/run-verb.ts';
import { type BodyForm, formName, renderBody } from './render-body.ts';
import type { StoredEvent } from './stored-event.ts';

/** A body that a delivery needs and nobody has rendered. */
export interface BodyDue extends BodyForm {
  event: StoredEvent;
}

/**
 * Renders and keeps bodies, in one trip. The first bytes kept are the ones that are sent, whoever renders again. What an
 * erasure has taken since the event was read is not kept: the two wait for each other at the event.
 */
export async function keepBodies(kernel: Kernel, due: readonly BodyDue[]): Promise<void> {
  const bodies = due.flatMap((each) => {
    const text = rendered(each, kernel.publicOrigin);
    return text === undefined
      ? []
      : [
          {
            event_id: each.event.id,
            payload_version: each.payloadVersion,
            form: formName(each),
            text,
            erased: each.event.payload.erased === true,
          },
        ];
  });
  if (bodies.length === 0) return;
  await kernel.db.batch(
    [
      run(sql`insert into event_bodies (event_id, payload_version, form, bytes, created_at)
        select b.event_id, b.payload_version, b.form, convert_to(b.text, 'UTF8'), ${kernel.now}::timestamptz
        from jsonb_to_recordset(${JSON.stringify(bodies)}::jsonb) as b (event_id uuid, payload_version date, form text, text text, erased boolean)
          join events e on e.id = b.event_id
        where e.erased_at is null or b.erased for share of e
        on conflict do nothing`),
    ],
    { kind: 'commit' },
  );
}

/** An event that cannot be rendered harms no other here; whoever sends it meets the error again and tells it. */
function rendered(due: BodyDue, source: string): string | undefined {
  try {
    return renderBody(due.event, due, source);
  } catch {
    return undefined;
  }
}
