import type * as z from 'zod';
import type { Me, UpdateMeBody } from '#schema/api/me.ts';
import { principal } from '#schema/index.ts';
import { change, event, unchanged } from '#services/kernel/change.ts';
import { auditChanges, fieldChanges, given } from '#services/kernel/field-changes.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { requireVersion, type VersionGuard } from '#services/kernel/version-guard.ts';
import { selfPermit } from '../permit.ts';
import { requirePerson } from '../rules/person-required.ts';
import { type MyFacts, meView, mustBeKnown, myFacts } from './my-facts.ts';

export interface UpdateMeInput {
  /** Absent keeps, null clears. */
  changes: Omit<z.output<typeof UpdateMeBody>, 'version'>;
  ifMatch: VersionGuard | null;
}

/** Changes one's own name and picture. @throws ServiceError forbidden `person_required`, stale_version. */
export const updateMe = defineVerb({
  name: 'updateMe',
  permission: 'self',
  load: (_input: UpdateMeInput, { auth }) => ({ facts: myFacts(auth) }),
  decide({ facts }, { changes, ifMatch }, { authority }) {
    requirePerson(authority);
    const before = mustBeKnown(facts);
    const permit = selfPermit(authority);
    requireVersion(ifMatch, before.version, meView(before, authority));
    const after: MyFacts = { ...before, ...given(changes), version: before.version + 1 };
    const edits = fieldChanges(before, after, ['displayName', 'avatarUrl']);
    if (edits.length === 0) return unchanged<Me>(permit, meView(before, authority));
    const { displayName, avatarUrl, version } = after;
    return change<Me>({
      permit,
      answer: meView(after, authority),
      roots: [
        {
          kind: 'update',
          table: principal,
          what: 'principal',
          loaded: before,
          set: { displayName, avatarUrl, version },
        },
      ],
      audit: {
        action: 'member.updated',
        target: { type: 'principal', id: before.id, label: displayName },
        changes: auditChanges(edits),
      },
      events: [
        event({
          type: 'member.updated',
          entity: before.id,
          audience: 'internal',
          payload: {
            principalId: authority.principalId,
            displayName,
            email: before.email,
            state: before.memberState ?? 'active',
            changes: edits,
            reason: null,
          },
        }),
      ],
    });
  },
});
