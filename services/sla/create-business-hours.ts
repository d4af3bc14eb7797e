import { createHash } from 'node:crypto';
import { eq, inArray, sql } from 'drizzle-orm';
import { type CalendarOverride, HolidayEntry, type WeeklyWindows, type ZoneData } from '#schema/business-calendar.ts';
import { type Id, idToUuid, newId } from '#schema/ids.ts';
import { businessHours, businessHoursHolidaySets, calendarSnapshots, holidaySets, timeZones } from '#schema/index.ts';
import { permitWorkspace } from '#services/access/permit.ts';
import { change, event } from '#services/kernel/change.ts';
import { nothing, qb, run, type Statement, statement } from '#services/kernel/query.ts';
import { defineVerb } from '#services/kernel/verb.ts';
import { checkSnapshotSize, checkTimeZone } from './calendar/check-calendar.ts';
import { checkOverrides } from './calendar/check-overrides.ts';
import { badField, checkWeekly } from './calendar/check-weekly.ts';
import { compileSnapshot, snapshotHashInput } from './calendar/compile-snapshot.ts';
import { refuseFields } from './refuse-fields.ts';

const MAX_CALENDARS = 50;

export interface CreateBusinessHoursInput {
  name: string;
  timeZone: string;
  weekly: WeeklyWindows;
  overrides?: readonly CalendarOverride[];
  holidaySetIds?: readonly Id<'hol'>[];
}

export interface BusinessHours {
  id: Id<'bh'>;
  name: string;
  timeZone: string;
  weekly: WeeklyWindows;
  overrides: CalendarOverride[];
  holidaySetIds: Id<'hol'>[];
  version: number;
}

/**
 * Draws a calendar; no promise runs under it yet, so the compiled configuration stays as it is.
 * @throws ServiceError unprocessable with the fields' codes, or too_many; conflict name_taken.
 */
export const createBusinessHours = defineVerb({
  name: 'createBusinessHours',
  permission: 'business_hours.manage',

  load: ({ timeZone, holidaySetIds = [] }: CreateBusinessHoursInput) => ({
    zone: statement(qb.select().from(timeZones).where(eq(timeZones.name, timeZone))),
    sets: statement(
      qb
        .select({ id: holidaySets.id, entries: holidaySets.entries, archivedAt: holidaySets.archivedAt })
        .from(holidaySets)
        .where(holidaySetIds.length === 0 ? nothing : inArray(holidaySets.id, [...holidaySetIds])),
    ),
    live: statement(
      qb.select({ id: businessHours.id }).from(businessHours).where(sql`${businessHours.archivedAt} is null`),
    ),
  }),

  decide({ zone: [zone], sets, live }, input, by) {
    const permit = permitWorkspace(by.authority, 'business_hours.manage', { view: 'sla.view', single: false });
    const { overrides = [], holidaySetIds = [] } = input;
    if (live.length >= MAX_CALENDARS) refuseFields([badField('', 'too_many', `at most ${MAX_CALENDARS} calendars`)]);
    const missing = holidaySetIds.filter((id) => !sets.some((set) => set.id === id && set.archivedAt === null));
    refuseFields([
      ...checkTimeZone(input.timeZone, zone !== undefined),
      ...checkWeekly(input.weekly),
      ...checkOverrides(overrides),
      ...missing.map(() => badField('/holidaySetIds', 'unknown_reference', 'there is no such holiday set')),
    ]);
    if (zone === undefined) throw new TypeError('an unknown zone passed the check');
    const data: ZoneData = { ...zone, coversUntil: zone.coversUntil.getTime() / 1000 };
    const entries = sets.flatMap((set) => set.entries.map((entry) => HolidayEntry.parse(entry)));
    const content = compileSnapshot({ weekly: input.weekly, overrides, entries, zone: data, now: by.now.getTime() });
    refuseFields(checkSnapshotSize(content));

    const id = newId(by.ids, 'bh');
    const snapshotId = newId(by.ids, 'csnap');
    const contentHash = createHash('sha256').update(snapshotHashInput(id, content)).digest();
    const sorted = [...content.overrides];
    const row = { id, name: input.name.trim(), timeZone: input.timeZone, weekly: input.weekly, overrides: sorted };
    const joins: Statement[] =
      holidaySetIds.length === 0
        ? []
        : [
            statement(
              qb
                .insert(businessHoursHolidaySets)
                .values(holidaySetIds.map((holidaySetId) => ({ businessHoursId: id, holidaySetId }))),
            ),
          ];
    return change({
      permit,
      answer: { ...row, holidaySetIds: [...holidaySetIds], version: 1 } satisfies BusinessHours,
      roots: [{ kind: 'insert', table: businessHours, row: { ...row, createdAt: by.now, updatedAt: by.now } }],
      writes: [
        statement(
          qb.insert(calendarSnapshots).values({
            id: snapshotId,
            businessHoursId: id,
            content: { ...content },
            contentHash,
            tzdataVersion: zone.tzdataVersion,
            createdAt: by.now,
          }),
        ),
        run(
          sql`update business_hours set snapshot_id = ${idToUuid(snapshotId)}::uuid where id = ${idToUuid(id)}::uuid`,
        ),
        ...joins,
      ],
      events: [
        event({
          type: 'business_hours.created',
          entity: id,
          audience: 'internal',
          payload: { id, name: row.name, timeZone: row.timeZone, version: 1 },
        }),
      ],
      audit: { action: 'business_hours.created', target: { type: 'business_hours', id, label: row.name } },
    });
  },
});
