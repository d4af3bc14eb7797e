import { type ReasonGuide, under } from './entry.ts';

const clash = under('conflict');
const unfit = under('unprocessable');

/** Reasons of tickets, contacts and their set-up. */
export const ticketReasons: ReasonGuide = {
  sort_needs_active: under('invalid_request')(
    'This sort exists for active tickets only. Filter by an active status, or sort otherwise.',
  ),
  search_too_broad: under('unavailable')(
    'Finding the first tickets with these words took too long. Add a rarer word, or a filter.',
  ),
  edit_window_over: under('forbidden')('A public message may be edited for some minutes only. Write another one.'),
  not_author: under('forbidden')(
    'Only whoever wrote a message may edit it. With `ticket.delete` it can be deleted or redacted.',
  ),
  reply_not_allowed: under('forbidden')(
    'You see this request as a reader. Its requester, or whoever they added, may do this.',
  ),
  opening_message: clash('The first message goes with its ticket only. Its words can be redacted.'),

  ticket_merged: clash('The ticket was merged and takes no change. Work on the one it went into.'),
  ticket_closed: clash(
    'A closed ticket takes no public message. Send an active `statusId` with it, or open a follow-up.',
  ),
  attachment_used: clash('The file belongs to a message already. Upload it again.'),
  new_messages: clash('A message came in since you read the ticket. Read it before you decide.'),
  not_deleted: clash('The ticket is not deleted, so there is nothing to restore.'),
  status_is_default: clash('The status is the default of its category. Make another the default first.'),
  status_is_system: clash('Every workspace keeps this status.'),
  status_in_use: clash('Tickets have this status. Name one to replace it.'),
  email_taken: clash('A live contact or member has this address.'),
  domain_taken: clash('Another organisation has this domain.'),
  user_already_linked: clash('This login is tied to another contact.'),
  merged: clash('This was merged into another; `into` names it.'),

  status_deleted: unfit('There is no live status with this id. List the statuses again.'),
  team_archived: unfit('The team is archived and takes no tickets.'),
  invalid_field: unfit('A custom field was given a value that its definition refuses.'),
  unknown_field: unfit('There is no live custom field with this key.'),
  missing_fields: unfit('Solving needs the custom fields that `fields` names.'),
  assignee_not_in_team: unfit(
    'The person is not in the team that the ticket is assigned to. Change the team as well, or choose a member of it.',
  ),
  author_not_on_ticket: unfit(
    'A contact speaks only on tickets whose requester or participant they are, and a person only as themselves.',
  ),
  team_not_on_ticket: unfit('The team neither owns the ticket nor has a share in it.'),
  team_already_has_access: under('conflict', 'unprocessable')('The team has access already; change its level instead.'),
  link_cycle: unfit('The link would make a ring.'),
  link_taken: under('conflict', 'unprocessable')('The two are linked in this way already, or the ticket has a parent.'),
  link_depth: unfit('Parents and children may be five levels deep.'),
  merge_invalid: unfit('A ticket is not merged into itself, and at most 50 at a time.'),
  history_too_long: unfit('More than 1,000 things happened since. Ask for a later moment.'),
  nothing_to_say: unfit(
    'The macro has no text, or nothing is left of it on this ticket. Give the words in `messageOverride` where it has some, or null.',
  ),
  not_solving: unfit('Incidents come along only when their problem is solved. Name a status of that category.'),
  not_undoable: clash('Only a job on tickets that ended within the last 24 hours can be undone, and words stay said.'),
  wake_at_past: unfit('The time to wake lies in the past.'),
  ticket_full: unfit('The ticket holds 5,000 messages. Open a follow-up.'),
  too_many_files: unfit('The message or ticket holds as many files as it may.'),
  free_mail_domain: unfit('Anybody can have an address at this provider, so it marks no organisation.'),
  public_suffix: unfit('A whole registry is no domain of an organisation.'),
  digest_mismatch: unfit('The bytes do not have the digest that was announced. Upload again.'),
};
