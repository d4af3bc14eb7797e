import type { AccessExplanation, AccessResource } from '#schema/api/access.ts';
import type { Authority } from '#services/access/authority.ts';
import { notFound, type Permit, permitWorkspace, selfPermit } from '#services/access/permit.ts';
import { unchanged } from '#services/kernel/change.ts';
import { defineRead } from '#services/kernel/verb.ts';
import { becauseOf } from './because.ts';
import { checkAccess, requirePermission } from './check.ts';
import { inOrder, missingOf, outOfUse } from './missing.ts';
import { resourceQueries, seenResource } from './resource.ts';
import { type Asked, type SubjectFacts, subjectQueries } from './subject.ts';

export interface ExplainAccessInput {
  asked: Asked;
  permission: string;
  resource: AccessResource | undefined;
}

/**
 * Why somebody may do something, or may not, by the functions of the check itself. Anybody about themselves and their own
 * keys; about others who administrates people. What the caller does not see is not explained.
 * @throws ServiceError not_found; forbidden; unprocessable `unknown_permission`.
 */
export const explainAccess = defineRead({
  name: 'explainAccess',
  permission: 'self',
  load: ({ asked, permission, resource }: ExplainAccessInput, at) => ({
    ...resourceQueries(resource),
    ...subjectQueries(asked, permission, at),
  }),
  decide(loaded, { asked, permission, resource: named }, { authority, now }) {
    const { subject, seats } = loaded;
    const permit = permitSubject(authority, asked, subject);
    const person = seats.find(({ isPerson }) => isPerson);
    const acting = seats.find(({ isPerson }) => !isPerson) ?? person;
    if (subject === undefined || person === undefined || acting === undefined) throw notFound();
    const resource = seenResource(loaded, named, authority);
    const key = requirePermission(permission);
    const verdict = checkAccess(acting.authority, key, resource);
    const dead = outOfUse(subject, now);
    const question = {
      key,
      resource,
      subject,
      person: person.authority,
      actor: acting.authority,
      idle: loaded.idle,
    };
    const alive = dead.length === 0;
    return unchanged<AccessExplanation>(permit, {
      allowed: alive && verdict.allowed,
      visible: alive && verdict.visible,
      level: alive ? verdict.level : null,
      needsLevel: verdict.needsLevel,
      because: alive ? becauseOf(acting, key, resource) : [],
      missing: inOrder([...dead, ...missingOf(question, verdict)]),
    });
  },
});

/** Oneself, a person's own keys, a key itself; anybody else needs the right to administrate people. */
function permitSubject(caller: Authority, asked: Asked, subject: SubjectFacts | undefined): Permit {
  if (asked === 'caller') return selfPermit(caller);
  const isPerson = caller.keyId === null;
  const isOwn =
    'keyId' in asked
      ? caller.keyId === asked.keyId || (isPerson && subject?.holderId === caller.principalId)
      : isPerson && caller.principalId === asked.principalId;
  if (isOwn) return selfPermit(caller);
  return permitWorkspace(caller, 'admin.manage_users', { view: 'admin.manage_users', single: false });
}
