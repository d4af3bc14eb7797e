import { type ReasonGuide, under } from './entry.ts';

const bad = under('invalid_request');
const unfit = under('unprocessable');
const clash = under('conflict');

/** Reasons of the data model and of the API itself. */
export const platformReasons: ReasonGuide = {
  malformed_id: bad(
    'An id is its prefix, an underscore and 26 lower-case characters. Copy it whole; a raw uuid is not taken.',
  ),
  wrong_id_kind: bad(
    'The id names another kind of thing. The prefix tells: `tkt_` is a ticket, `prin_` a member or key.',
  ),
  duplicate_id: bad('A list names the same id twice. Send each once.'),
  too_many: bad('The list holds more entries than the operation takes. Send it in parts.'),
  invalid_text: bad('Text holds U+0000 or half of a surrogate pair, which cannot be stored. Remove it.'),
  out_of_range: under(
    'invalid_request',
    'unprocessable',
  )('A number or time lies outside what the field takes; its limits are in the reference.'),
  unknown_table: unfit('No table of this name has a retention of its own. GET /workspace lists those that have.'),
  unknown_reference: unfit(
    'A field names something that does not exist or that you may not see. `errors` says which field.',
  ),
  name_taken: clash('Something live has this name, slug or key already, whatever its case. Choose another.'),
  contention: clash(
    'Others changed the same thing at the same moment, three times over. Wait for `Retry-After` and send it again.',
  ),
  reference_gone: clash('Something that the request refers to was removed while it ran. Read anew and decide again.'),
  limit_reached: unfit(
    'The workspace or the thing holds as many as it may. Remove some first; the limits are in the reference.',
  ),

  invalid_json: bad(
    'The body must be one JSON value in UTF-8 without byte order mark, at most 20 levels deep with 10,000 values.',
  ),
  unexpected_body: bad('This operation takes no body. Send none, not even `{}`.'),
  url_too_long: bad('The address is longer than 8 KiB. Use fewer filter values, or page.'),
  invalid_cursor: bad('Send `page.next` of the page before exactly as it came, or no cursor to begin again.'),
  cursor_mismatch: bad('A cursor belongs to one list with one sort and one set of filters. Begin again without it.'),
  version_contradiction: bad('`If-Match` and the `version` in the body name different versions. Send one of them.'),
  version_required: bad('This operation replaces a whole set. Send the version you read as `If-Match`.'),
  idempotency_key_invalid: bad('The key has 1 to 255 visible ASCII characters; a UUID is a good one.'),
  idempotency_key_required: bad(
    'This operation needs an `Idempotency-Key`: make one per intent and keep it over retries.',
  ),
  secret_not_replayed: clash('The answer to this key held a secret that is shown once. If it is lost, make another.'),
  operation_retired: under('not_found')(
    'The operation was deprecated and its time is over. The reference names its successor.',
  ),
  outcome_unknown: under('unavailable')(
    'The connection was lost while committing. Send the same request with the same key: it tells what happened.',
  ),
  duplicate: clash('This was recorded already; `existingId` names it.'),
};
