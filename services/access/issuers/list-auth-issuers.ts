import { and, desc, isNull, lt } from 'drizzle-orm';
import type { AuthIssuer } from '#schema/api/auth-issuers.ts';
import type { Id } from '#schema/ids.ts';
import { authIssuers } from '#schema/index.ts';
import { unchanged } from '#services/kernel/change.ts';
import { type CursorPlace, pageOf, readCursor, writeCursor } from '#services/kernel/cursor.ts';
import { statement } from '#services/kernel/query.ts';
import { defineRead } from '#services/kernel/verb.ts';
import { permitWorkspace } from '../permit.ts';
import { issuerView, type LoadedIssuer, selectIssuers } from './issuer-queries.ts';

export interface ListAuthIssuersInput {
  includeDisabled: boolean;
  limit: number;
  cursor: string | undefined;
}

/** The issuers that are trusted, the newest first. */
export const listAuthIssuers = defineRead({
  name: 'listAuthIssuers',
  permission: 'admin.manage_settings',
  load: (input: ListAuthIssuersInput, { keys }) => ({
    found: statement<LoadedIssuer[]>(
      selectIssuers()
        .where(
          and(
            input.includeDisabled ? undefined : isNull(authIssuers.disabledAt),
            input.cursor === undefined
              ? undefined
              : lt(authIssuers.id, readCursor(keys, placeOf(input), input.cursor)[0] as Id<'iss'>),
          ),
        )
        .orderBy(desc(authIssuers.id))
        .limit(input.limit + 1),
    ),
  }),
  decide({ found }, input, { authority, keys }) {
    const permit = permitWorkspace(authority, 'admin.manage_settings', {
      view: 'admin.manage_settings',
      single: false,
    });
    const cursor = ({ issuer }: LoadedIssuer) => writeCursor(keys, placeOf(input), [issuer.id]);
    return unchanged<{ data: AuthIssuer[]; page: { next: string | null; hasMore: boolean } }>(
      permit,
      pageOf(found, input.limit, issuerView, cursor),
    );
  },
});

const placeOf = ({ includeDisabled }: ListAuthIssuersInput): CursorPlace => ({
  operation: 'listAuthIssuers',
  sort: '-id',
  filter: { includeDisabled },
});
