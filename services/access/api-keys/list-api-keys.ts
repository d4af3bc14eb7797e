import { and, desc, eq, inArray, type SQL, sql } from 'drizzle-orm';
import type { ApiKey } from '#schema/api/api-keys.ts';
import { type Id, idToUuid } from '#schema/ids.ts';
import { apiKeys } from '#schema/index.ts';
import { unchanged } from '#services/kernel/change.ts';
import { type CursorPlace, pageOf, readCursor, writeCursor } from '#services/kernel/cursor.ts';
import { statement } from '#services/kernel/query.ts';
import { defineRead } from '#services/kernel/verb.ts';
import type { KeyRing } from '#services/secrets/key-ring.ts';
import { permitWorkspace } from '../permit.ts';
import { type LoadedKey, selectKeys } from './key-queries.ts';
import { type KeyState, keyView } from './key-view.ts';

export interface ListApiKeysInput {
  state: readonly KeyState[] | undefined;
  creatorId: Id<'prin'> | undefined;
  limit: number;
  cursor: string | undefined;
}

/** Every key that was ever made, the newest first. */
export const listApiKeys = defineRead({
  name: 'listApiKeys',
  permission: 'admin.manage_api_keys',
  load: (input: ListApiKeysInput, { now, keys }) => ({
    found: statement<LoadedKey[]>(
      selectKeys()
        .where(
          and(
            input.state === undefined ? undefined : inArray(stateOf(now), [...input.state]),
            input.creatorId === undefined ? undefined : eq(apiKeys.creatorPrincipalId, input.creatorId),
            after(keys, input),
          ),
        )
        .orderBy(desc(apiKeys.id))
        .limit(input.limit + 1),
    ),
  }),
  decide({ found }, input, { authority, keys, now }) {
    const permit = permitWorkspace(authority, 'admin.manage_api_keys', {
      view: 'admin.manage_api_keys',
      single: false,
    });
    const cursor = ({ key }: LoadedKey) => writeCursor(keys, placeOf(input), [key.id]);
    return unchanged<{ data: ApiKey[]; page: { next: string | null; hasMore: boolean } }>(
      permit,
      pageOf(found, input.limit, (loaded) => keyView(loaded, now), cursor),
    );
  },
});

/** `keyState` in SQL. */
const stateOf = (now: Date): SQL => sql`case when ${apiKeys.revokedAt} is not null then 'revoked'
  when ${apiKeys.expiresAt} <= ${now.toISOString()}::timestamptz then 'expired'
  when principal.member_state = 'active' then 'active' else 'asleep' end`;

const placeOf = ({ state, creatorId }: ListApiKeysInput): CursorPlace => ({
  operation: 'listApiKeys',
  sort: '-created',
  filter: { state: state ?? null, creatorId: creatorId ?? null },
});

function after(keys: KeyRing, input: ListApiKeysInput): SQL | undefined {
  if (input.cursor === undefined) return undefined;
  const [id] = readCursor(keys, placeOf(input), input.cursor);
  return sql`${apiKeys.id} < ${idToUuid(id as Id)}::uuid`;
}
