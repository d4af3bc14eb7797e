import { type ReasonGuide, under } from './entry.ts';

const clash = under('conflict');
const unfit = under('unprocessable');
const away = under('unavailable');

/** Reasons of webhooks, events, GitHub and mail. */
export const integrationReasons: ReasonGuide = {
  url_refused: unfit(
    'A target is https, public, on an allowed port, and none of our own hosts. `rule` says which rule.',
  ),
  header_refused: unfit('Own headers may not name what the delivery itself sets, nor hold line breaks.'),
  bad_secret: unfit('A secret is `whsec_` and base64 of 24 to 64 bytes, and not the present one.'),
  unknown_type: unfit('There is no such event type. `errors` says which one; the reference lists them all.'),
  unknown_version: unfit('The payload version is not offered for this type.'),
  audience_excludes_type: unfit('Events of this type are never public, so a public endpoint would never get one.'),
  wildcard_by_key: unfit('A key names its types one by one: a wildcard would grow by itself.'),
  secret_would_move: clash(
    'The host changes, so the secret would reach somebody else. Rotate it, or say `keepSecret`.',
  ),
  recovery_running: clash('One recovery of an endpoint runs at a time.'),
  event_gone: clash('The event is older than the retention and cannot be sent again.'),
  endpoint_disabled: clash('The endpoint is disabled. Enable it first.'),
  delivery_open: clash('The delivery is still being tried.'),
  already_enabled: clash('The endpoint is active already.'),
  already_ended: clash('This was replayed or discarded already.'),
  position_expired: unfit('The position is older than the retention. Begin at a later one.'),
  before_retention: unfit('The range begins before what is kept.'),
  range_too_wide: unfit('The range holds too much. Ask for less at a time.'),

  repository_inactive: unfit('The repository is paused or removed. Connect it again.'),
  repository_not_connected: unfit('The app is not installed on this repository.'),
  public_repo_unconfirmed: unfit('Anybody could read what is written there. Confirm the public repository first.'),
  not_public: unfit('Only public messages leave the desk.'),
  identity_in_text: unfit('The text names the customer. Take it out, or confirm.'),
  direction_unsupported: unfit('This field cannot be synchronised in this direction.'),
  is_pull_request: unfit('The number belongs to a pull request, not to an issue.'),
  issue_locked: unfit('The issue is locked on GitHub.'),
  issue_gone: unfit('The issue was deleted or moved away on GitHub.'),
  issue_not_ready: clash('The issue is still being found or made. Try again in a moment.'),
  already_linked: clash('The two are linked already.'),
  already_mapped: clash('This person, or that user, is mapped already.'),
  already_connected: clash('This account is connected already.'),
  plan_stale: clash('The plan was made on an older state. Plan again.'),
  backfill_running: clash('One backfill of a repository runs at a time.'),
  host_in_use: clash('Live repositories use the present host. Remove them first.'),
  integration_paused: away('The integration is paused. Resume it.'),
  needs_attention: away('The far side refused the credentials. Connect the integration again.'),
  bad_credentials: unfit('The credentials do not sign, or the far side refuses them.'),
  insecure_url: unfit('The address must be https and public.'),
  state_invalid: unfit('The sign-in took too long or came from elsewhere. Begin again.'),
  state_used: clash('This sign-in was finished already.'),
  provider_denied: unfit('The far side, or the person there, said no.'),
  exchange_failed: unfit('The far side did not give a token for the code. Begin again.'),
};
