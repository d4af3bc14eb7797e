import { expect, test } from 'vitest';
import { SnapshotContent } from '#schema/business-calendar.ts';
import { daily, holiday, windowsOf, workdays } from '#tests/support/calendars.ts';
import { distinctZones, zoneNamed } from '#tests/support/time-zones.ts';
import { calendarOf } from './calendar.ts';
import { compileSnapshot, snapshotHashInput } from './compile-snapshot.ts';
import { openIntervals } from './open-intervals.ts';

const NOW = Date.UTC(2026, 10, 25, 12);
const DAY_MS = 86_400_000;
const source = {
  weekly: workdays('09:00-17:00'),
  overrides: [],
  entries: [],
  zone: zoneNamed('Europe/Berlin'),
  now: NOW,
};

test('zone data reach from the year before to twenty years ahead, and no farther than they are known', () => {
  const { zone } = compileSnapshot(source);
  expect(zone.transitions[0]).toBe(Date.UTC(2025, 2, 30, 1) / 1000);
  expect(zone.transitions.at(-1)).toBe(Date.UTC(2046, 9, 28, 1) / 1000);
  expect(zone.coversUntil).toBe(Date.UTC(2047, 0, 1) / 1000);
  expect(compileSnapshot({ ...source, now: Date.UTC(2050, 0, 1) }).zone.coversUntil).toBe(source.zone.coversUntil);
});

test('a snapshot opens and closes exactly as the whole zone data do, in every zone', () => {
  for (const zone of distinctZones) {
    const content = compileSnapshot({ ...source, weekly: daily('00:30-02:30 22:00-23:30'), zone });
    const [cut, whole] = [content, { ...content, zone }].map((each) => ({
      calendars: [calendarOf(each)],
      combine: 'any' as const,
    }));
    if (cut === undefined || whole === undefined) throw new Error('two sets');
    const [from, to] = [NOW - 300 * DAY_MS, NOW + 500 * DAY_MS];
    expect(openIntervals(cut, from, to)).toEqual(openIntervals(whole, from, to));
  }
}, 60_000);

test('stored and read back, the content passes its own schema unchanged', () => {
  const content = compileSnapshot({
    ...source,
    entries: [holiday('2026-12-25')],
    overrides: [{ date: '2026-12-24', windows: windowsOf('09:00-12:00') }],
  });
  expect(SnapshotContent.parse(JSON.parse(JSON.stringify(content)))).toEqual({ ...content, zone: { ...content.zone } });
});

test('the same calendar compiled again within the year has the same hash input, however its parts are ordered', () => {
  const overrides = ['2026-12-24', '2026-12-31'].map((date) => ({ date, windows: windowsOf('09:00-12:00') }));
  const entries = [holiday('2026-12-25'), holiday('2027-01-01'), holiday('2027-01-01', '09:00-10:00')];
  const first = compileSnapshot({ ...source, overrides, entries });
  const again = compileSnapshot({
    ...source,
    now: NOW + 20 * DAY_MS,
    overrides: overrides.toReversed(),
    entries: [...entries.toReversed(), holiday('2026-12-25')],
  });
  expect(snapshotHashInput('bh_1', again)).toBe(snapshotHashInput('bh_1', first));
});

test('the hash input covers the calendar, its hours and the transitions of its zone', () => {
  const content = compileSnapshot(source);
  const moved = { ...source.zone, transitions: source.zone.transitions.map((second) => second + 3600) };
  const inputs = [
    snapshotHashInput('bh_1', content),
    snapshotHashInput('bh_2', content),
    snapshotHashInput('bh_1', compileSnapshot({ ...source, weekly: workdays('09:00-16:00') })),
    snapshotHashInput('bh_1', compileSnapshot({ ...source, zone: moved })),
    snapshotHashInput('bh_1', compileSnapshot({ ...source, entries: [holiday('2026-12-25')] })),
  ];
  expect(new Set(inputs).size).toBe(inputs.length);
});

test('zone data with a missing offset or unordered transitions are refused on reading', () => {
  const content = compileSnapshot(source);
  const withZone = (zone: object) =>
    SnapshotContent.safeParse({ ...content, zone: { ...content.zone, ...zone } }).success;
  expect(withZone({})).toBe(true);
  expect(withZone({ offsets: [] })).toBe(false);
  expect(withZone({ transitions: content.zone.transitions.toReversed() })).toBe(false);
});
