import { describe, expect, it } from 'vitest';
import { cronMatches } from './cron-expression.ts';

const at = (text: string): Date => new Date(text);

describe('a cron expression', () => {
  it('names every minute with five stars', () => {
    expect(cronMatches('* * * * *', at('2026-11-25T23:59:00Z'))).toBe(true);
  });

  it('steps from the start of the field', () => {
    expect(cronMatches('*/5 * * * *', at('2026-11-25T10:35:00Z'))).toBe(true);
    expect(cronMatches('*/5 * * * *', at('2026-11-25T10:36:00Z'))).toBe(false);
    expect(cronMatches('2-20/6 * * * *', at('2026-11-25T10:14:00Z'))).toBe(true);
  });

  it('is read in UTC', () => {
    expect(cronMatches('41 3 * * *', at('2026-11-25T03:41:00Z'))).toBe(true);
    expect(cronMatches('41 3 * * *', at('2026-11-25T03:41:00+01:00'))).toBe(false);
  });

  it('takes lists and ranges', () => {
    expect(cronMatches('0,30 9-17 * * *', at('2026-11-25T17:30:00Z'))).toBe(true);
    expect(cronMatches('0,30 9-17 * * *', at('2026-11-25T18:30:00Z'))).toBe(false);
  });

  it('counts the days of the week from Sunday, 1', () => {
    expect(cronMatches('0 0 * * 1', at('2026-11-29T00:00:00Z'))).toBe(true);
    expect(cronMatches('0 0 * * 1', at('2026-11-30T00:00:00Z'))).toBe(false);
  });

  it('means either when both day fields are restricted', () => {
    expect(cronMatches('0 0 1 * 1', at('2026-12-01T00:00:00Z'))).toBe(true);
    expect(cronMatches('0 0 1 * 1', at('2026-11-29T00:00:00Z'))).toBe(true);
    expect(cronMatches('0 0 1 * 1', at('2026-11-30T00:00:00Z'))).toBe(false);
  });

  it.each(['* * * *', '60 * * * *', 'MON * * * *', '*/0 * * * *', '20-10 * * * *'])('refuses %s by name', (bad) => {
    expect(() => cronMatches(bad, at('2026-11-25T00:00:00Z'))).toThrow(`cron "${bad}"`);
  });
});
