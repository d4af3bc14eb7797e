import type { Kernel } from '#services/kernel/run-verb.ts';
import { createMacro } from '#services/macros/create-macro.ts';
import { act } from './act.ts';
import type { DemoMember } from './people.ts';

/** What the desk says most often, for everybody who answers. */
export async function keepMacros(kernel: Kernel, owner: DemoMember): Promise<void> {
  await act(kernel, createMacro, owner, {
    name: 'Ask for the order number',
    audience: 'everyone',
    message: {
      body: 'Hello {{requester.first_name|there}},\n\nwhich order is it about? You find the number on the packing slip.\n\n{{agent.first_name}}',
      audience: 'public',
    },
    actions: [{ type: 'status', category: 'pending' }],
    position: 0,
  });
  await act(kernel, createMacro, owner, {
    name: 'Lost on its way',
    audience: 'everyone',
    message: { body: 'The carrier has lost it: send a second parcel, free of charge.', audience: 'internal' },
    actions: [
      { type: 'priority', priority: 'high' },
      { type: 'tags', add: ['lost-parcel'] },
    ],
    position: 1,
  });
}
