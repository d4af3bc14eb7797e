import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { SnapshotContent } from '#schema/business-calendar.ts';
import { contentNear } from '#tests/support/calendar-arbitraries.ts';
import { referenceInst, referenceIntervals } from '#tests/support/calendar-reference.ts';
import { allZones, changesOf, distinctZones, zoneNamed } from '#tests/support/time-zones.ts';
import { addBusinessTime } from './add-business-time.ts';
import { businessTimeBetween } from './business-time-between.ts';
import { calendarOf } from './calendar.ts';
import { nextOpen } from './next-open.ts';
import { openIntervals } from './open-intervals.ts';
import { inst, zoneOf } from './zone.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const SUITE_MS = 120_000;

test('every boundary of every zone lies on a whole minute, so a scan by the minute misses nothing', () => {
  for (const { transitions, offsets } of distinctZones)
    expect([...transitions, ...offsets].every((second) => second % 60 === 0)).toBe(true);
});

test(
  'a wall time maps to the earliest instant that shows it or later, around every change of every zone',
  () => {
    for (const data of allZones) {
      const zone = zoneOf(data);
      for (const change of changesOf(data)) {
        let last = Number.NEGATIVE_INFINITY;
        for (let wall = change - 15 * HOUR_MS; wall < change + 15 * HOUR_MS; wall += 45 * MINUTE_MS) {
          const instant = inst(zone, wall);
          if (instant !== referenceInst(data, wall) || instant < last)
            expect.fail(`${data.name} ${new Date(wall).toISOString()}`);
          last = instant;
        }
      }
    }
  },
  SUITE_MS,
);

test(
  'open intervals, sums and due dates equal a scan of every minute, around every change of every zone',
  () => {
    for (const zone of distinctZones)
      for (const change of changesOf(zone))
        fc.assert(
          fc.property(contentNear(zone, change), fc.integer({ min: 0, max: 59 }), (content, after) =>
            equalsScan(content, change - 36 * HOUR_MS, change + (36 + after) * HOUR_MS, MINUTE_MS),
          ),
          { numRuns: 1 },
        );
  },
  SUITE_MS,
);

test.each(['America/New_York', 'Australia/Lord_Howe', 'Africa/Cairo', 'Pacific/Apia'])(
  'windows to the second equal a scan of every second in %s',
  (name) => {
    const zone = zoneNamed(name);
    const windows = [
      { start: '22:59:59', end: '00:00:01' },
      { start: '00:30:30', end: '01:59:59' },
      { start: '02:00:01', end: '03:15:07' },
    ];
    const weekly = { mon: windows, tue: windows, wed: windows, thu: windows, fri: windows, sat: windows, sun: windows };
    for (const change of changesOf(zone).slice(0, 8))
      equalsScan({ weekly, overrides: [], entries: [], zone }, change - 9 * HOUR_MS, change + 9 * HOUR_MS, 1000);
  },
  SUITE_MS,
);

function equalsScan(content: SnapshotContent, from: number, to: number, stepMs: number): void {
  const set = { calendars: [calendarOf(content)], combine: 'any' as const };
  const scanned = referenceIntervals(content, from, to, stepMs);
  expect(openIntervals(set, from, to).map((interval) => [interval.from, interval.to])).toEqual(scanned);
  const [first] = scanned;
  if (first !== undefined) expect(nextOpen(set, from)).toEqual({ at: first[0] });
  let before = 0;
  for (const [start, end] of scanned) {
    expect(businessTimeBetween(set, from, start)).toBe(before);
    expect(addBusinessTime(set, from, before + 1)).toEqual({ at: start + 1 });
    before += end - start;
    expect(addBusinessTime(set, from, before)).toEqual({ at: end });
  }
  expect(businessTimeBetween(set, from, to)).toBe(before);
}
