const FIELDS = [
  { name: 'minute', from: 0, to: 59, of: (at: Date) => at.getUTCMinutes() },
  { name: 'hour', from: 0, to: 23, of: (at: Date) => at.getUTCHours() },
  { name: 'day of month', from: 1, to: 31, of: (at: Date) => at.getUTCDate() },
  { name: 'month', from: 1, to: 12, of: (at: Date) => at.getUTCMonth() + 1 },
  { name: 'day of week', from: 1, to: 7, of: (at: Date) => at.getUTCDay() + 1 },
] as const;

const PART = /^(?:\*|(\d+)(?:-(\d+))?)(?:\/(\d+))?$/;

/**
 * Whether a cron expression of Cloudflare names the UTC minute of `at`: five fields of numbers, `*`, ranges, lists and
 * steps, days of the week from 1 (Sunday) to 7. Names such as MON and the letters L and W are not understood.
 * @throws Error that names the field it cannot read.
 */
export function cronMatches(expression: string, at: Date): boolean {
  const fields = expression.trim().split(/\s+/);
  if (fields.length !== FIELDS.length) throw new Error(`cron "${expression}" has ${fields.length} fields, not 5`);
  const hits = FIELDS.map((field, index) => {
    const parts = (fields[index] ?? '').split(',').map((part) => parsePart(part, field, expression));
    const value = field.of(at);
    return parts.some(({ from, to, step }) => value >= from && value <= to && (value - from) % step === 0);
  });
  const [minute, hour, dayOfMonth, month, dayOfWeek] = hits;
  // Two restricted day fields mean either, as in every cron since Vixie's.
  const bothDays = fields[2] !== '*' && fields[4] !== '*';
  const day = bothDays ? dayOfMonth || dayOfWeek : dayOfMonth && dayOfWeek;
  return Boolean(minute && hour && month && day);
}

function parsePart(part: string, field: (typeof FIELDS)[number], expression: string) {
  const found = PART.exec(part);
  if (found === null) throw new Error(`cron "${expression}": cannot read the ${field.name} "${part}"`);
  const [, first, last, every] = found;
  const from = first === undefined ? field.from : Number(first);
  const single = first !== undefined && last === undefined && every === undefined;
  const to = last === undefined ? (single ? from : field.to) : Number(last);
  const step = every === undefined ? 1 : Number(every);
  if (from < field.from || to > field.to || from > to || step < 1) {
    throw new Error(`cron "${expression}": the ${field.name} "${part}" is out of range`);
  }
  return { from, to, step };
}
