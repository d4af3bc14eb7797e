import fc from 'fast-check';
import { expect, test } from 'vitest';
import { contentNear } from '#tests/support/calendar-arbitraries.ts';
import { contentIn, holiday, windowsOf, workdays } from '#tests/support/calendars.ts';
import { changesOf, zoneNamed } from '#tests/support/time-zones.ts';
import { calendarOf } from './calendar.ts';
import { openIntervals } from './open-intervals.ts';
import { spansOf } from './spans.ts';
import { traceCalendar } from './trace-calendar.ts';

const DAY_MS = 86_400_000;
const at = (text: string): number => Date.parse(text);

test('parts name their source, and cuts the holiday or override that took the time away', () => {
  const calendar = calendarOf(
    contentIn('UTC', workdays('09:00-17:00'), {
      entries: [
        holiday('2026-12-24', '14:00-24:00'),
        holiday('2026-12-25'),
        holiday('2026-12-25', '12:00-13:00', 'again'),
      ],
      overrides: [
        { date: '2026-12-28', windows: windowsOf('10:00-11:00'), label: 'stocktaking' },
        { date: '2026-12-29', windows: [] },
      ],
    }),
  );
  expect(traceCalendar(calendar, at('2026-12-24T00:00Z'), at('2026-12-29T12:00Z'))).toEqual({
    open: [
      { from: at('2026-12-24T09:00Z'), to: at('2026-12-24T14:00Z'), source: 'weekly' },
      { from: at('2026-12-28T10:00Z'), to: at('2026-12-28T11:00Z'), source: 'override' },
    ],
    cuts: [
      { from: at('2026-12-24T14:00Z'), to: at('2026-12-24T17:00Z'), label: 'holiday 2026-12-24' },
      { from: at('2026-12-25T09:00Z'), to: at('2026-12-25T17:00Z'), label: 'holiday 2026-12-25' },
      { from: at('2026-12-28T09:00Z'), to: at('2026-12-28T10:00Z'), label: 'stocktaking' },
      { from: at('2026-12-28T11:00Z'), to: at('2026-12-28T17:00Z'), label: 'stocktaking' },
      { from: at('2026-12-29T09:00Z'), to: at('2026-12-29T12:00Z'), label: null },
    ],
  });
});

test('the parts add up to the open intervals, and parts and cuts to the plain week with the override hours', () => {
  const zone = zoneNamed('America/Santiago');
  for (const change of changesOf(zone))
    fc.assert(
      fc.property(contentNear(zone, change), (content) => {
        const calendar = calendarOf(content);
        const [from, to] = [change - 3 * DAY_MS, change + 3 * DAY_MS];
        const { open, cuts } = traceCalendar(calendar, from, to);
        const intervals = (set: typeof calendar) => openIntervals({ calendars: [set], combine: 'any' }, from, to);
        const spans = (parts: readonly { from: number; to: number }[]) =>
          spansOf(parts.map((part) => [part.from, part.to] as const));
        expect(spans(open)).toEqual(spans(intervals(calendar)));
        const plain = intervals(calendarOf({ ...content, overrides: [], entries: [] }));
        expect(spans([...open, ...cuts])).toEqual(
          spans([...plain, ...open.filter(({ source }) => source === 'override')]),
        );
        const all = [...open, ...cuts].sort((a, b) => a.from - b.from);
        expect(all.every((part, i) => part.from < part.to && part.to <= (all[i + 1]?.from ?? to))).toBe(true);
      }),
      { numRuns: 5 },
    );
}, 60_000);
