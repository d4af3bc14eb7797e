import { principal } from '#schema/index.ts';
import { change, event } from '#services/kernel/change.ts';
import { auditChanges, fieldChanges } from '#services/kernel/field-changes.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { selfPermit } from '../permit.ts';
import { requirePerson } from '../rules/person-required.ts';
import { mustBeKnown, myFacts } from './my-facts.ts';

/** Ends every token that was issued to the caller before now, this one too. Keys go on. @throws ServiceError forbidden `person_required`. */
export const signOutMe = defineVerb({
  name: 'signOutMe',
  permission: 'self',
  load: (_input: Record<string, never>, { auth }) => ({ facts: myFacts(auth) }),
  decide({ facts }, _input, { authority, now }) {
    requirePerson(authority);
    const before = mustBeKnown(facts);
    const edits = fieldChanges(before, { ...before, tokensValidAfter: now }, ['tokensValidAfter']);
    return change({
      permit: selfPermit(authority),
      answer: null,
      roots: [{ kind: 'update', table: principal, what: 'principal', loaded: before, set: { tokensValidAfter: now } }],
      audit: {
        action: 'member.updated',
        target: { type: 'principal', id: before.id, label: before.displayName },
        changes: auditChanges(edits),
      },
      events: [
        event({
          type: 'member.updated',
          entity: before.id,
          audience: 'internal',
          payload: {
            principalId: authority.principalId,
            displayName: before.displayName,
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
