import { describe, expect, test } from 'vitest';
import { configOf, neverOpen, OFFICE, policy, RULE, SlaStory, TEAMS, target } from '#tests/support/sla-story.ts';
import type { CompiledSla, CompiledTarget } from './compiled-sla.ts';

const HOUR = 3600;
const at = (text: string): Date => new Date(text);
const later = (from: Date, ms: number): Date => new Date(from.getTime() + ms);
const plain = (...targets: CompiledTarget[]): CompiledSla => configOf([policy(targets)]);
const T0 = at('2026-01-05T09:00:00Z');

describe('another target', () => {
  const byPriority = plain(
    target('first_resolution', 8 * HOUR),
    target('first_resolution', 2 * HOUR, { priority: 'urgent' }),
  );

  test('moves the deadline with the time consumed kept, and asking again changes nothing', () => {
    const story = new SlaStory(byPriority, T0).change(later(T0, HOUR * 1000), { priority: 'urgent' });
    expect(story.clock('first_resolution')).toMatchObject({ consumedMs: HOUR * 1000, targetSeconds: 2 * HOUR });
    expect(story.due('first_resolution')).toBe(later(T0, 2 * HOUR * 1000).toISOString());
    const clock = story.clock('first_resolution');
    story.change(later(T0, HOUR * 1000 + 5), { priority: 'urgent' });
    expect(story.clock('first_resolution')).toBe(clock);
    story.change(later(T0, HOUR * 1000 + 9), { primaryTeamId: TEAMS[0] });
    expect(story.clock('first_resolution')).toBe(clock);
  });

  test('that is longer takes a breach back, and the next breach is told anew', () => {
    const urgent = new SlaStory(byPriority, T0, { priority: 'urgent' });
    urgent.change(later(T0, 3 * HOUR * 1000), { priority: 'normal' });
    expect(urgent.clock('first_resolution')).toMatchObject({
      breachedAt: null,
      consumedMs: 3 * HOUR * 1000,
      priority: null,
    });
    expect(urgent.due('first_resolution')).toBe(later(T0, 8 * HOUR * 1000).toISOString());
    expect(urgent.types('first_resolution')).toEqual(['started', 'breached', 'breach_withdrawn', 'retargeted']);
    const breach = urgent.clock('first_resolution').timers.find(({ kind }) => kind === 'breach');
    expect(breach).toMatchObject({ arming: 1, firedAt: null, fireAt: T0.getTime() + 8 * HOUR * 1000 });
  });

  test('that is already consumed is due at once', () => {
    const story = new SlaStory(byPriority, T0).change(later(T0, 3 * HOUR * 1000), { priority: 'urgent' });
    const clock = story.clock('first_resolution');
    expect(clock).toMatchObject({ breachedAt: null, dueAt: T0.getTime() + 3 * HOUR * 1000 });
    expect(clock.timers[0]?.fireAt).toBe(clock.dueAt);
  });

  test('may come with another policy, and none cancels', () => {
    const inInbox = policy([target('first_resolution', HOUR)], {
      conditions: { field: 'ticket.priority', op: 'is', value: 'high' },
    });
    const story = new SlaStory(configOf([inInbox]), T0);
    expect(story.has('first_resolution')).toBe(false);
    story.change(later(T0, 1000), { priority: 'high' });
    expect(story.clock('first_resolution')).toMatchObject({
      state: 'running',
      lateStarted: true,
      startedAt: T0.getTime() + 1000,
    });
    story.change(later(T0, 61_000), { priority: 'low' });
    expect(story.clock('first_resolution')).toMatchObject({
      state: 'cancelled',
      cancelReason: 'no_policy',
      consumedMs: 60_000,
    });
    story.change(later(T0, 99_000), { priority: 'high' });
    expect(story.clock('first_resolution')).toMatchObject({ state: 'running', cycle: 1, consumedMs: 60_000 });
  });

  test('follows the hours of the team that has the ticket', () => {
    const sun = target('first_resolution', 4 * HOUR, { calendarMode: 'team' });
    const config = configOf([policy([sun])], { teamCalendars: { [TEAMS[0]]: OFFICE } });
    const story = new SlaStory(config, at('2026-01-05T15:00:00Z'), { assigneeTeamId: TEAMS[0] });
    expect(story.due('first_resolution')).toBe('2026-01-06T11:00:00.000Z');
    // An hour of the office is over; the other team has no hours, so the rest runs round the clock.
    story.change(at('2026-01-05T18:00:00Z'), { assigneeTeamId: TEAMS[1] });
    expect(story.due('first_resolution')).toBe('2026-01-05T21:00:00.000Z');
  });
});

describe('timers', () => {
  const rules = [
    {
      id: RULE,
      policyId: null,
      metrics: ['first_resolution' as const],
      priorities: [],
      offsetSeconds: 600,
      percent: null,
    },
  ];
  const warned = configOf(
    [
      policy([
        target('first_resolution', HOUR, {
          warnBeforeSeconds: 600,
          pauseRule: { categories: ['pending'], statusIds: [] },
        }),
      ]),
    ],
    { rules },
  );
  const marks = (story: SlaStory) =>
    story
      .clock('first_resolution')
      .timers.map(({ kind, fireAt }) => [kind, fireAt === null ? null : fireAt - T0.getTime()]);

  test('stand before, at and after the deadline', () => {
    expect(marks(new SlaStory(warned, T0))).toEqual([
      ['warn', 3_000_000],
      ['breach', 3_600_000],
      ['escalate', 4_200_000],
    ]);
  });

  test('ahead are held back by a pause and move by business time', () => {
    const story = new SlaStory(warned, T0).move(later(T0, 1_000_000), 'pending');
    expect(marks(story)).toEqual([
      ['warn', null],
      ['breach', null],
      ['escalate', null],
    ]);
    story.move(later(T0, 5_000_000), 'open');
    expect(marks(story)).toEqual([
      ['warn', 7_000_000],
      ['breach', 7_600_000],
      ['escalate', 8_200_000],
    ]);
  });

  test('passed and not yet fired keep their instant through a pause', () => {
    const story = new SlaStory(warned, T0).move(later(T0, 3_100_000), 'pending');
    expect(marks(story)).toEqual([
      ['warn', 3_000_000],
      ['breach', null],
      ['escalate', null],
    ]);
  });
});

test('a deadline that cannot be computed is an error and no date, until other hours clear it', () => {
  const story = new SlaStory(neverOpen(plain(target('first_resolution', HOUR, { calendarIds: [OFFICE] }))), T0);
  expect(story.clock('first_resolution')).toMatchObject({ state: 'running', dueAt: null, dueError: 'no_open_time' });
  expect(story.clock('first_resolution').timers[0]?.fireAt).toBeNull();
  expect(story.types('first_resolution')).toEqual(['error', 'started']);
  story.config = { ...plain(target('first_resolution', 2 * HOUR)), snapshots: story.config.snapshots };
  story.change(later(T0, 1000), { priority: 'high' });
  expect(story.types('first_resolution')).toEqual(['error', 'started', 'error_cleared', 'retargeted']);
});

test('each arithmetic event adds a link to the receipt, and the same facts give the same chain', () => {
  const config = plain(
    target('first_resolution', HOUR, { calendarIds: [OFFICE], pauseRule: { categories: ['pending'], statusIds: [] } }),
  );
  const tell = () => new SlaStory(config, T0).move(later(T0, 1000), 'pending').move(later(T0, 2000), 'open');
  expect(tell().clock('first_resolution').inputsHash).toBe(tell().clock('first_resolution').inputsHash);
  expect(new Set(tell().log.map(({ clock }) => clock.inputsHash)).size).toBe(3);
});
