import { type SQL, sql } from 'drizzle-orm';
import { idToUuid } from '#schema/ids.ts';
import type { RequestFacts } from '#services/kernel/verb.ts';

/** What these statements take from one run to the next; the rest waits an hour, which changes nobody's power. */
export const MOST_ROWS = 1000;

export const moment = (at: Date): SQL => sql`${at.toISOString()}::timestamptz`;

export const requestUuid = ({ requestId }: RequestFacts): SQL => sql`${idToUuid(requestId)}::uuid`;

/** An instant as payloads give it: RFC 3339 in UTC with milliseconds, or null. */
export const instantText = (column: SQL): SQL =>
  sql`to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
