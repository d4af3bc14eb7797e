import { readFileSync } from 'node:fs';
import type pg from 'pg';
import { FREE_MAIL_DOMAINS } from '#schema/data/free-mail-domains.ts';
import { parseSuffixList } from '#schema/public-suffix.ts';
import { expandTimeZones, TimeZoneFile } from '#services/sla/calendar/time-zone-file.ts';

const ZONES = new URL('../../../schema/data/time-zones.json', import.meta.url);
const SUFFIXES = new URL('../../../schema/data/public-suffix-list.dat', import.meta.url);

/** Zones, public suffixes and mail domains as the files of the repository have them. A zone that left the data stays: calendars name it. */
export async function reconcileReferenceData(client: pg.Client): Promise<void> {
  await client.query(
    `insert into time_zones (name, canonical, tzdata_version, transitions, offsets, covers_until)
     select z.name, z.canonical, z."tzdataVersion", z.transitions, z.offsets, to_timestamp(z."coversUntil")
     from jsonb_to_recordset($1) as z (name text, canonical text, "tzdataVersion" text, transitions bigint[], offsets integer[], "coversUntil" bigint)
     on conflict (name) do update set canonical = excluded.canonical, tzdata_version = excluded.tzdata_version,
       transitions = excluded.transitions, offsets = excluded.offsets, covers_until = excluded.covers_until
     where (time_zones.*) is distinct from (excluded.*)`,
    [JSON.stringify(expandTimeZones(TimeZoneFile.parse(JSON.parse(readFileSync(ZONES, 'utf8')))))],
  );
  await client.query(
    `with gone as (
       delete from free_mail_domains where source = 'shipped' and domain <> all ($1)
     )
     insert into free_mail_domains (domain, source) select unnest($1::text[]), 'shipped' on conflict do nothing`,
    [FREE_MAIL_DOMAINS],
  );
  const suffixes = parseSuffixList(readFileSync(SUFFIXES, 'utf8'));
  await client.query(
    `with listed as (select * from jsonb_to_recordset($1) as l (suffix text, kind text)),
     gone as (delete from public_suffixes s where not exists (select from listed l where l.suffix = s.suffix))
     insert into public_suffixes (suffix, kind) select suffix, kind from listed
     on conflict (suffix) do update set kind = excluded.kind where public_suffixes.kind <> excluded.kind`,
    [JSON.stringify(suffixes)],
  );
}
