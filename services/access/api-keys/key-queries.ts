import { eq, getTableColumns, type SQL, sql } from 'drizzle-orm';
import { type Id, idToUuid } from '#schema/ids.ts';
import { apiKeys, principal } from '#schema/index.ts';
import { qb, rows, type Statement, statement, statementWith } from '#services/kernel/query.ts';
import { type Authority, authorityFromRow } from '../authority.ts';
import { authorityFrom, membersCte } from '../authority-sql.ts';

export type ApiKeyRow = typeof apiKeys.$inferSelect;

/** A key with what else its view and its verbs need. */
export interface LoadedKey {
  key: ApiKeyRow;
  creatorState: (typeof principal.$inferSelect)['memberState'];
}

export const selectKeys = () =>
  qb
    .select({ key: getTableColumns(apiKeys), creatorState: principal.memberState })
    .from(apiKeys)
    .innerJoin(principal, eq(principal.id, apiKeys.creatorPrincipalId));

export const keyById = (keyId: Id<'key'>): Statement<LoadedKey[]> =>
  statement<LoadedKey[]>(selectKeys().where(eq(apiKeys.id, keyId)));

/** The service principal as which a key acts; it carries the key's name. */
export const keyPrincipal = (keyId: Id<'key'>): Statement<(typeof principal.$inferSelect)[]> =>
  statement<(typeof principal.$inferSelect)[]>(
    qb
      .select()
      .from(principal)
      .where(sql`${principal.id} = (select principal_id from api_keys where id = ${idToUuid(keyId)}::uuid)`),
  );

/** The key that asks, where a key asks: it makes nothing wider than itself. */
export const askingKey = (auth: SQL): Statement<ApiKeyRow[]> =>
  statementWith<ApiKeyRow[]>(auth, qb.select().from(apiKeys).where(sql`${apiKeys.id} = (select key_id from auth)`));

/** What the creator of a key holds at present; nothing when they are not an active member. */
export const creatorAuthority = (keyId: Id<'key'>, now: Date): Statement<Authority | undefined> =>
  authorityOf(membersCte(sql`select creator_principal_id from api_keys where id = ${idToUuid(keyId)}::uuid`, now));

/**
 * What a key may do at present, wherever it is used from; nothing when it is dead or asleep. What its scopes withhold is told
 * as all that its creator has.
 */
export const keyAuthority = (keyId: Id<'key'>, now: Date): Statement<Authority | undefined> =>
  authorityOf(keyCtes(keyId, now), ofKey(now));

const ofKey = (now: Date): SQL => sql`to_jsonb(auth.*) || jsonb_build_object('withheld',
  (select m.grants from public.authority_of_members(array[auth.holder_id], ${now}::timestamptz) m))`;

/** The present authority of a key, or of a person where it is null; both are expressions. */
export const authorityOfEither = (keyId: SQL, principalId: SQL, now: Date): Statement<Authority | undefined> =>
  readAuthority(sql`
    select * from (with ${keyCtes(keyId, now)} select ${ofKey(now)} as authority from auth) of_key
    union all select * from (with ${membersCte(sql`select id from principal where id = ${principalId} and ${keyId} is null`, now)}
      select to_jsonb(auth.*) as authority from auth) of_person`);

/** The same as common table expressions that end in `auth`. */
export const keyCtes = (keyId: Id<'key'> | SQL, now: Date): SQL =>
  authorityFrom(
    sql`select k.id as cred_id, k.id as key_id, k.principal_id, k.creator_principal_id as holder_id, k.name as label,
        k.scope_keys, k.team_ids, k.inbox_ids, null::text as refusal
      from api_keys k join principal holder on holder.id = k.creator_principal_id and holder.member_state = 'active'
      where k.id = ${typeof keyId === 'string' ? sql`${idToUuid(keyId)}::uuid` : keyId} and k.revoked_at is null and (k.expires_at is null or k.expires_at > ${now})`,
    now,
  );

const authorityOf = (auth: SQL, whole = sql`to_jsonb(auth.*)`): Statement<Authority | undefined> =>
  readAuthority(sql`with ${auth} select ${whole} as authority from auth`);

function readAuthority(text: SQL): Statement<Authority | undefined> {
  const query = rows<{ authority: Record<string, unknown> }>(text);
  return {
    ...query,
    read: (result) => {
      const [row] = query.read(result);
      return row === undefined ? undefined : authorityFromRow(row.authority);
    },
  };
}

const MOST_LIVE_KEYS = 500;
const MOST_LIVE_KEYS_OF_ONE = 50;

const live = (now: Date): SQL => sql`revoked_at is null and (expires_at is null or expires_at > ${now})`;

/** Whether the limits are reached, in all and with that creator: a row stands where the last one may. */
export interface KeyRoom extends Record<string, unknown> {
  in_all: boolean;
  of_one: boolean;
}

export const roomForKey = (creator: SQL, now: Date, auth: SQL): Statement<KeyRoom[]> =>
  rows<KeyRoom>(sql`with ${auth} select
    exists (select from api_keys where ${live(now)} offset ${MOST_LIVE_KEYS - 1}) as in_all,
    exists (select from api_keys where creator_principal_id = ${creator} and ${live(now)} offset ${MOST_LIVE_KEYS_OF_ONE - 1}) as of_one`);
