import * as z from 'zod';
import { idSchema } from '../id-schema.ts';
import { LINK_KINDS, PARTICIPANT_ROLES, SHARE_LEVELS } from '../values.ts';
import { defineEvent } from './definition.ts';
import { SAMPLE_TICKET, TicketReference } from './ticket-reference.ts';

const about = {
  entity: 'ticket',
  viewKey: 'ticket.view_all',
  audiences: ['internal'],
  dimensions: ['inbox', 'team'],
  version: '2026-11-01',
} as const;

const role = z.enum(PARTICIPANT_ROLES);
const level = z.enum(SHARE_LEVELS);

const participation = z.strictObject({
  ticket: TicketReference,
  subject: z.strictObject({ principalId: idSchema('prin').nullable(), contactId: idSchema('contact').nullable() }),
  role,
  previous: role.nullable(),
});
const share = z.strictObject({ ticket: TicketReference, teamId: idSchema('team'), level, previous: level.nullable() });
const link = z.strictObject({
  ticket: TicketReference,
  linkId: idSchema('tlink'),
  kind: z.enum(LINK_KINDS),
  /** Which end this ticket is: the parent of `parent_of` is its source. */
  direction: z.enum(['source', 'target']),
  otherId: idSchema('tkt'),
});

const sampleParticipation = {
  ticket: SAMPLE_TICKET,
  subject: { principalId: 'prin_01kaz2m4f8e5rtt0m0v2g6yh3k', contactId: null },
  role: 'watcher',
  previous: null,
} as const;
const sampleShare = {
  ticket: SAMPLE_TICKET,
  teamId: 'team_01kaz2m4f8e5rtt0m0v2g6yh3p',
  level: 'comment',
  previous: null,
} as const;
const sampleLink = {
  ticket: SAMPLE_TICKET,
  linkId: 'tlink_01kaz2m4f8e5rtt0m0v2g6yh3q',
  kind: 'parent_of',
  direction: 'source',
  otherId: 'tkt_01kaz2m4f8e5rtt0m0v2g6yh3r',
} as const;

/** Who takes part in a ticket, which teams see it, and what it hangs together with. */
export const ticketPeopleEvents = {
  'ticket.participant_added': defineEvent({
    ...about,
    label: 'Participant added, or given another part',
    payload: participation,
    sample: sampleParticipation,
  }),
  'ticket.participant_removed': defineEvent({
    ...about,
    label: 'Participant removed',
    payload: participation,
    sample: { ...sampleParticipation, previous: 'watcher' },
  }),
  'ticket.shared': defineEvent({
    ...about,
    label: 'Ticket shared with a team, or at another level',
    payload: share,
    sample: sampleShare,
  }),
  'ticket.unshared': defineEvent({
    ...about,
    label: 'Share with a team ended',
    payload: share,
    sample: { ...sampleShare, previous: 'comment' },
  }),
  'ticket.linked': defineEvent({ ...about, label: 'Ticket linked to another', payload: link, sample: sampleLink }),
  'ticket.unlinked': defineEvent({
    ...about,
    label: 'Link to another ticket ended',
    payload: link,
    sample: sampleLink,
  }),
};
