import type pg from 'pg';
import { hashId, idToUuid } from '#schema/ids.ts';
import { STREAM_CURSORS } from '#schema/tables/events.ts';
import { HEARTBEATS, SETTINGS_ID } from '#schema/tables/settings.ts';

/** Who acts when the product itself does. */
export const SYSTEM_PRINCIPAL_ID = hashId('prin', ['system']);
export const SYSTEM_NAME = 'Mallard';

/** The rows of which there is exactly one. What somebody has changed in them stays. */
export async function reconcileSingleRows(client: pg.Client, now: Date): Promise<void> {
  await client.query(
    `with s as (
       insert into settings (id, updated_at) values ($1, $2) on conflict do nothing
     ), t as (
       insert into ticket_settings default values on conflict do nothing
     ), l as (
       insert into sla_settings (updated_at) values ($2) on conflict do nothing
     ), c as (
       insert into content_settings (created_at, updated_at) values ($2, $2) on conflict do nothing
     ), h as (
       insert into heartbeats (name) select unnest($3::text[]) on conflict do nothing
     )
     insert into principal (id, type, service_kind, display_name, created_at, updated_at)
     values ($4, 'service', 'system', $5, $2, $2) on conflict do nothing`,
    [idToUuid(SETTINGS_ID), now, HEARTBEATS, idToUuid(SYSTEM_PRINCIPAL_ID), SYSTEM_NAME],
  );
  // A new sink begins where the stream stands: from 0 it would act on everything that ever happened.
  await client.query(
    `insert into event_sinks (sink, position, updated_at)
     select sink, coalesce((select position from event_sinks where sink = 'stream'), (select max(position) from events), 0), $2
     from unnest($1::text[]) sink
     on conflict do nothing`,
    [STREAM_CURSORS, now],
  );
}
