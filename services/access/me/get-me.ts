import { unchanged } from '#services/kernel/change.ts';
import { defineRead } from '#services/kernel/verb.ts';
import { selfPermit } from '../permit.ts';
import { meView, mustBeKnown, myFacts } from './my-facts.ts';

/** Who the caller is, and what they may do now. */
export const getMe = defineRead({
  name: 'getMe',
  permission: 'self',
  load: (_input: Record<string, never>, { auth }) => ({ facts: myFacts(auth) }),
  decide: ({ facts }, _input, { authority }) => unchanged(selfPermit(authority), meView(mustBeKnown(facts), authority)),
});
