import { type Calendar, dayOf, openOn, overrideOpenOn, plannedOn, weeklyOpenOn } from './calendar.ts';
import { type CivilDay, DAY_MS } from './civil-day.ts';
import { closuresOn } from './closures.ts';
import { daysTouching, instantsOf } from './open-spans.ts';
import { requireRange } from './require-instant.ts';
import { intersect, NO_SPANS, type Spans, subtract } from './spans.ts';
import { inst } from './zone.ts';

export interface OpenPart {
  readonly from: number;
  readonly to: number;
  readonly source: 'weekly' | 'override';
}

/** Time that the week would open and a closure or an override takes away; `label` is null for an unnamed override. */
export interface Cut {
  readonly from: number;
  readonly to: number;
  readonly label: string | null;
}

export interface CalendarTrace {
  readonly open: readonly OpenPart[];
  readonly cuts: readonly Cut[];
}

/** Why one calendar is open or not within `[from, to)`: parts and cuts are disjoint, in order, in epoch milliseconds. */
export function traceCalendar(calendar: Calendar, from: number, to: number): CalendarTrace {
  requireRange(from, to);
  if (from === to) return { open: [], cuts: [] };
  const override = instantsOf(calendar.zone, from, to, (day) => overrideOpenOn(calendar, day));
  const weekly = instantsOf(calendar.zone, from, to, (day) =>
    subtract(weeklyOpenOn(calendar, day), overrideOpenOn(calendar, day)),
  );
  const open = [...partsOf(weekly, 'weekly'), ...partsOf(override, 'override')].sort((a, b) => a.from - b.from);
  return { open, cuts: cutsOf(calendar, from, to) };
}

const partsOf = (spans: Spans, source: OpenPart['source']): OpenPart[] =>
  Array.from({ length: spans.length / 2 }, (_, i) => ({
    from: spans[2 * i] as number,
    to: spans[2 * i + 1] as number,
    source,
  }));

function cutsOf(calendar: Calendar, from: number, to: number): Cut[] {
  const cuts: Cut[] = [];
  for (const day of daysTouching(calendar.zone, from, to)) {
    const ofDay = cutsOn(calendar, day).flatMap(({ spans, label }) =>
      partsOf(spans, 'weekly').map((part) => ({
        from: Math.max(inst(calendar.zone, day * DAY_MS + part.from), from),
        to: Math.min(inst(calendar.zone, day * DAY_MS + part.to), to),
        label,
      })),
    );
    for (const cut of ofDay.sort((a, b) => a.from - b.from)) appendCut(cuts, cut);
  }
  return cuts;
}

/** Hours that two closures share are cut by the first one only. */
function cutsOn(calendar: Calendar, day: CivilDay): { spans: Spans; label: string | null }[] {
  const lost = subtract(plannedOn(calendar, day), openOn(calendar, day));
  if (lost.length === 0) return [];
  const override = calendar.overrides.get(day);
  if (override !== undefined) return [{ spans: lost, label: override.label ?? null }];
  const closing = [
    ...closuresOn(calendar.closures, day).map(({ spans, label }) => ({ spans: dayOf(spans, NO_SPANS), label })),
    ...closuresOn(calendar.closures, day - 1).map(({ spans, label }) => ({ spans: dayOf(NO_SPANS, spans), label })),
  ];
  let left = lost;
  return closing.map(({ spans, label }) => {
    const cut = intersect(left, spans);
    left = subtract(left, spans);
    return { spans: cut, label };
  });
}

function appendCut(cuts: Cut[], cut: Cut): void {
  const last = cuts.at(-1);
  if (cut.from >= cut.to) return;
  if (last?.to === cut.from && last.label === cut.label) cuts[cuts.length - 1] = { ...last, to: cut.to };
  else cuts.push(cut);
}
