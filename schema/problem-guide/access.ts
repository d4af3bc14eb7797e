import { type ReasonGuide, under } from './entry.ts';

const dead = under('unauthenticated');
const denied = under('forbidden');
const clash = under('conflict');
const unfit = under('unprocessable');
const limited = under('rate_limited');

/** Reasons about who may do what. */
export const accessReasons: ReasonGuide = {
  key_revoked: under(
    'unauthenticated',
    'conflict',
  )('The key was revoked. Make another; a revoked one never comes back.'),
  key_expired: under('unauthenticated', 'conflict')('The key reached its end. Make another, or one without an end.'),
  ip_denied: dead('The key counts only from the addresses it allows, and this request came from another.'),
  creator_inactive: dead(
    'A key has no more power than the member who made it, and that member is no longer active. Let another adopt it.',
  ),
  not_a_member: dead(
    'The token is good, but its person is no member here. Ask for an invitation, or for the issuer to be allowed to link.',
  ),
  member_inactive: dead('The member was suspended or removed. Ask an administrator.'),
  token_revoked: dead('The member was signed out everywhere after this token was issued. Get a new one.'),
  issuer_unreachable: under('unavailable')(
    'The issuer that signed the token, or is to be trusted, did not answer with its keys. Try again in a moment.',
  ),
  cross_site: denied(
    'A change by a Cloudflare Access sign-in has to come from a page of the desk or a trusted origin.',
  ),

  missing_permission: denied('Nobody granted this permission at a place that covers the thing. `required` names it.'),
  user_not_verified: unfit(
    'The address of this person was never proved. Let them sign in once with a verified address.',
  ),
  key_scope: denied(
    'The person behind the key or token may do this; its scopes leave `required` out. Make one that has it.',
  ),
  key_limit: denied(
    'The key is limited to teams or inboxes, and this lies outside them or belongs to the whole workspace.',
  ),
  share_level: denied('The ticket is only shared with your team, at a level below what this needs.'),
  inbox_viewer: denied('You may look at this inbox, not work in it.'),
  owning_side: denied('Only the side that owns the ticket, its team or inbox, may do this.'),
  exceeds_ceiling: denied('Nobody hands out more than they hold. `pairs` names what is too much.'),
  outranks_you: denied('This member or key holds more than you do.'),
  owner_required: denied('Only an owner of the workspace may do this.'),
  person_required: denied('This is personal: a program has no share in it.'),

  self_change: clash('Nobody changes their own grants or state. Ask another administrator.'),
  last_owner: clash('A workspace keeps at least one owner for good. Make another first.'),
  own_role: clash('Nobody edits a role through which they hold their own power.'),
  system_role: clash('System roles are the same everywhere. Copy it and edit the copy.'),
  role_in_use: clash('Members hold this role. End those grants first.'),
  team_in_use: clash('Tickets, inboxes or grants name this team. Move them first.'),
  already_assigned: clash('That is so already, or somebody else was first.'),
  already_member: clash('This person is a member already.'),
  already_invited: clash('An invitation to this address is open. Send it again instead.'),
  invitation_used: clash('The invitation was accepted already. Ask for another if it was not by you.'),
  invitation_expired: clash('The invitation is over or was withdrawn. Ask for another.'),
  invitation_mismatch: clash('The invitation is for another address than the one your token proves.'),
  inviter_lost_authority: clash(
    'Whoever invited you may no longer give what was promised. Ask for another invitation.',
  ),
  member_active: clash('An active member cannot be erased. Remove the member first.'),

  unknown_permission: unfit(
    'The key is in no catalogue, or was retired. Take one of those that operations name as their permission.',
  ),
  scopes_required: unfit('A key needs at least one scope.'),
  limit_empty: unfit('An empty list of teams or inboxes would allow nothing. Leave it out for no limit.'),
  scope_not_allowed: unfit('A limited key cannot hold a permission that only exists for the whole workspace.'),
  owner_not_mappable: unfit('Owners are made one by one, by an owner in person; no claim makes one.'),
  target_not_member: unfit('Only active members can be given this.'),
  scope_archived: unfit('The team or inbox is archived. Bring it back first.'),
  assignee_cannot_view: unfit('Whoever is assigned must be an active member who may see the ticket as it will be.'),

  ip: limited('Too many requests from this address.'),
  credential: limited('Too many requests with this credential. Another key has its own allowance.'),
  auth_failures: limited('Too many refused credentials from this address. Mend the credential before you go on.'),
  heavy: limited('Exports, imports and other heavy work have an allowance of their own. Do less of it at once.'),
  workspace: limited('All credentials together ask for too much. Spread the work over time.'),
};
