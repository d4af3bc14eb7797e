import type { EasterRite } from '#schema/business-calendar.ts';
import { type CivilDay, civilDay } from './civil-day.ts';

/** Easter Sunday of a year, as a Gregorian date (Meeus, Astronomical Algorithms, chapter 8). */
export const easterDay = (year: number, rite: EasterRite): CivilDay =>
  rite === 'western' ? western(year) : orthodox(year);

function western(year: number): CivilDay {
  const golden = year % 19;
  const century = Math.floor(year / 100);
  const ofCentury = year % 100;
  const correction = Math.floor((century - Math.floor((century + 8) / 25) + 1) / 3);
  const epact = (19 * golden + century - Math.floor(century / 4) - correction + 15) % 30;
  const toSunday = (32 + 2 * (century % 4) + 2 * Math.floor(ofCentury / 4) - epact - (ofCentury % 4)) % 7;
  const late = Math.floor((golden + 11 * epact + 22 * toSunday) / 451);
  const sum = epact + toSunday - 7 * late + 114;
  return civilDay(year, Math.floor(sum / 31), (sum % 31) + 1);
}

/** The Julian rule; the date it gives is then moved by the days between the two calendars. */
function orthodox(year: number): CivilDay {
  const moon = (19 * (year % 19) + 15) % 30;
  const toSunday = (2 * (year % 4) + 4 * (year % 7) - moon + 34) % 7;
  const sum = moon + toSunday + 114;
  const julianLag = Math.floor(year / 100) - Math.floor(year / 400) - 2;
  return civilDay(year, Math.floor(sum / 31), (sum % 31) + 1) + julianLag;
}
