import { describe, expect, test } from 'vitest';
import { referenceInst } from '#tests/support/calendar-reference.ts';
import { allZones, changesOf, timeZoneFile, zoneNamed } from '#tests/support/time-zones.ts';
import { expandTimeZones } from './time-zone-file.ts';
import { inst, offsetAt, zoneOf } from './zone.ts';

const at = (text: string): number => Date.parse(text);
const wall = (text: string): number => Date.parse(`${text}Z`);

describe('wall clock to instant', () => {
  const newYork = zoneOf(zoneNamed('America/New_York'));

  test('a skipped time gives the instant right after the gap', () => {
    for (const time of ['02:00', '02:15', '02:59:59', '03:00'])
      expect(inst(newYork, wall(`2026-03-08T${time}`))).toBe(at('2026-03-08T03:00-04:00'));
  });

  test('a repeated time gives the earlier instant', () => {
    expect(inst(newYork, wall('2026-11-01T01:30'))).toBe(at('2026-11-01T01:30-04:00'));
    expect(inst(newYork, wall('2026-11-01T02:00'))).toBe(at('2026-11-01T02:00-05:00'));
  });

  test('a skipped date is as long as its gap', () => {
    const apia = zoneOf(zoneNamed('Pacific/Apia'));
    expect(inst(apia, wall('2011-12-30T00:00'))).toBe(inst(apia, wall('2011-12-31T00:00')));
  });

  test('where two changes follow within hours, a time shown before both still gives the first instant that shows it', () => {
    const data = { name: 'X', transitions: [36_000, 39_600], offsets: [7_200, -7_200, 0], coversUntil: 1e9 };
    const zone = zoneOf(data);
    for (let wallTime = 0; wallTime < 60_000_000; wallTime += 600_000)
      expect(inst(zone, wallTime)).toBe(referenceInst(data, wallTime));
  });

  test('the offset changes at the transition itself', () => {
    expect(offsetAt(newYork, at('2026-03-08T07:00Z') - 1)).toBe(-5 * 3_600_000);
    expect(offsetAt(newYork, at('2026-03-08T07:00Z'))).toBe(-4 * 3_600_000);
  });
});

describe('the zone file', () => {
  test('holds every zone of the runtime, and links with the data of their canonical zone', () => {
    const names = new Set(allZones.map(({ name }) => name));
    expect(Intl.supportedValuesOf('timeZone').filter((name) => !names.has(name))).toEqual([]);
    expect(zoneNamed('Asia/Calcutta').offsets).toEqual(zoneNamed('Asia/Kolkata').offsets);
    expect(names.has('UTC') && names.has('US/Pacific')).toBe(true);
  });

  test.runIf(process.versions.tz === timeZoneFile.tzdataVersion)(
    'agrees with ICU on both sides of every change 2005–2040',
    () => {
      for (const data of allZones) {
        const zone = zoneOf(data);
        const format = new Intl.DateTimeFormat('en-US', { timeZone: data.name, timeZoneName: 'longOffset' });
        for (const change of changesOf(data))
          for (const instant of [change - 1, change]) {
            const [sign, hours, minutes] = /GMT([+-]?)(\d*):?(\d*)/.exec(format.format(instant))?.slice(1) ?? [];
            const offset = (Number(hours) * 60 + Number(minutes)) * 60_000 * (sign === '-' ? -1 : 1);
            if (offsetAt(zone, instant) !== offset + 0) expect.fail(`${data.name} ${instant}`);
          }
      }
    },
    60_000,
  );

  test('a link to a zone without data is a broken file', () => {
    const zones = [{ name: 'A', canonical: 'B' }];
    expect(() => expandTimeZones({ tzdataVersion: 'x', coversUntil: 0, zones })).toThrow(TypeError);
  });
});
