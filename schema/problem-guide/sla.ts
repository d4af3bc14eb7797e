import { type ReasonGuide, under } from './entry.ts';

const clash = under('conflict');
const unfit = under('unprocessable');

/** Reasons of calendars, promises, inboxes and routing. */
export const slaReasons: ReasonGuide = {
  unknown_time_zone: unfit('Use a name of the IANA database such as `Europe/Lisbon`; an offset is not a zone.'),
  bad_window: unfit('A window runs from `HH:MM` to a later or next-day `HH:MM`; `24:00` may end one, not begin one.'),
  bad_date: unfit('The day does not exist, or two entries name the same one.'),
  no_open_time: unfit('With these hours and holidays no due date falls within the horizon. Open some time.'),
  bad_calendar_file: unfit('The file is not iCalendar as far as it was read; `line` says where.'),
  too_many_entries: unfit('The set or file holds more entries than one may.'),
  feed_not_allowed: unfit('A feed is fetched over https from a public host, without credentials in its address.'),

  in_use: clash('Something refers to this. `usedBy` names it; change that first.'),
  default_inbox: clash('There is always one default inbox. Make another the default first.'),
  channel_taken: clash('Another inbox receives through this address or repository.'),
  simulation_running: clash('One simulation runs at a time. Wait for it or cancel it.'),
  job_ended: clash('The job has ended.'),
  ticket_settled: clash('The ticket is solved, closed or merged: no clock runs on it.'),

  bad_condition: unfit(
    'The condition tree names an unknown field or operator, or is too deep. `errors` points at the node.',
  ),
  bad_action: unfit('An action misses its target, names an archived one, or does not fit the event.'),
  bad_target: unfit(
    'A warning comes before its target, one target stands for each metric and priority, and solved tickets do not pause.',
  ),
  too_many_rules: unfit('More than ten escalation rules would act on one clock.'),
  config_too_large: unfit('All policies and calendars together pass 1 MiB. Archive what is not used.'),
  order_incomplete: unfit('An order names every live one exactly once.'),
  bad_policy: unfit('The policy is archived or of the other track.'),
  inbox_archived: unfit('The inbox is archived and takes no tickets.'),
  immutable: unfit('This field is set once, at creation.'),
};
