import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { configOf, OFFICE, policy, SlaStory, STATUS, target } from '#tests/support/sla-story.ts';
import { remainingMs, targetMs } from './clock.ts';
import type { CompiledSla, CompiledTarget } from './compiled-sla.ts';

const HOUR = 3600;
const at = (text: string): Date => new Date(text);
const later = (from: Date, ms: number): Date => new Date(from.getTime() + ms);
const plain = (...targets: CompiledTarget[]): CompiledSla => configOf([policy(targets)]);
const T0 = at('2026-01-05T09:00:00Z');

describe('pauses', () => {
  const eightHours = plain(
    target('first_resolution', 8 * HOUR, {
      calendarIds: [OFFICE],
      pauseRule: { categories: ['pending'], statusIds: [] },
    }),
  );

  test('bank business time, and resuming adds what is left', () => {
    // Berlin is an hour ahead of UTC in January.
    const story = new SlaStory(eightHours, at('2026-01-05T09:00:00Z'));
    story.move(at('2026-01-05T11:00:00Z'), 'pending').move(at('2026-01-07T08:30:00Z'), 'open');
    expect(story.due('first_resolution')).toBe('2026-01-07T14:30:00.000Z');
    story.move(at('2026-01-07T10:30:00Z'), 'pending').move(at('2026-01-09T15:00:00Z'), 'open');
    expect(story.due('first_resolution')).toBe('2026-01-12T11:00:00.000Z');
  });

  test('of any number leave consumed and remaining time equal to the target', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 * 3600_000 }), { maxLength: 12 }), (gaps) => {
        const story = new SlaStory(
          plain(
            target('first_resolution', 400 * HOUR, {
              calendarIds: [OFFICE],
              pauseRule: { categories: ['pending'], statusIds: [] },
            }),
          ),
          T0,
        );
        const untouched = new SlaStory(plain(target('first_resolution', 400 * HOUR, { calendarIds: [OFFICE] })), T0);
        let now = T0;
        let paused = 0;
        for (const [i, gap] of gaps.entries()) {
          if (i % 2 === 1) paused += untouched.between(now, later(now, gap));
          now = later(now, gap);
          story.move(now, i % 2 === 0 ? 'pending' : 'open');
        }
        const clock = story.clock('first_resolution');
        expect(clock.consumedMs + remainingMs(clock)).toBe(targetMs(clock));
        if (clock.state === 'running') {
          expect(untouched.between(T0, new Date(clock.dueAt ?? 0))).toBe(400 * HOUR * 1000 + paused);
        }
      }),
    );
  });

  test('begin at once for a ticket born pending', () => {
    const story = new SlaStory(eightHours, T0, { statusId: STATUS.pending, statusCategory: 'pending' });
    expect(story.clock('first_resolution')).toMatchObject({ state: 'paused', dueAt: null, consumedMs: 0 });
    story.move(later(T0, 60_000), 'open');
    expect(story.due('first_resolution')).toBe('2026-01-06T09:01:00.000Z');
  });

  test('of an overdue clock record the breach first', () => {
    const story = new SlaStory(
      plain(target('first_resolution', 60, { pauseRule: { categories: ['pending'], statusIds: [] } })),
      T0,
    );
    story.move(later(T0, 90_000), 'pending');
    const clock = story.clock('first_resolution');
    expect(clock).toMatchObject({ state: 'paused', breachedAt: T0.getTime() + 60_000, consumedMs: 90_000 });
    expect(clock.timers.find(({ kind }) => kind === 'breach')?.firedAt).toBe(T0.getTime() + 90_000);
    expect(story.types('first_resolution')).toEqual(['started', 'breached', 'paused']);
    story.move(later(T0, 120_000), 'open');
    expect(story.clock('first_resolution').dueAt).toBe(T0.getTime() + 60_000);
  });
});

describe('answers', () => {
  const responses = plain(
    target('first_response', HOUR),
    target('next_response', 2 * HOUR),
    target('periodic_update', 24 * HOUR),
    target('total_resolution', 8 * HOUR),
  );

  test('at the deadline are met, and one millisecond later late', () => {
    const due = later(T0, HOUR * 1000);
    expect(new SlaStory(responses, T0).reply(due).clock('first_response')).toMatchObject({
      state: 'met',
      breachedAt: null,
      latenessMs: null,
    });
    expect(new SlaStory(responses, T0).reply(later(due, 1)).clock('first_response')).toMatchObject({
      state: 'late',
      breachedAt: due.getTime(),
      latenessMs: 1,
    });
  });

  test('are awaited from the first unanswered message of a turn', () => {
    const story = new SlaStory(responses, T0).reply(later(T0, 60_000));
    expect(story.has('next_response')).toBe(false);
    story.write(later(T0, 120_000));
    const due = story.due('next_response');
    story.write(later(T0, 180_000)).write(later(T0, 240_000));
    expect(story.due('next_response')).toBe(due);
    expect(due).toBe(later(T0, 120_000 + 2 * HOUR * 1000).toISOString());
    story.reply(later(T0, 300_000)).write(later(T0, 360_000));
    expect(story.clock('next_response')).toMatchObject({ cycle: 2, state: 'running' });
  });

  test('are no messages of others', () => {
    const story = new SlaStory(responses, T0);
    story.change(later(T0, 1000), {}, { countsAsResponse: false }).write(later(T0, 2000));
    expect(story.clock('first_response').state).toBe('running');
    expect(story.types('first_response')).toEqual(['started']);
  });

  test('record how late they are in business time', () => {
    const story = new SlaStory(
      plain(target('first_response', HOUR, { calendarIds: [OFFICE] })),
      at('2026-01-09T15:30:00Z'),
    );
    expect(story.due('first_response')).toBe('2026-01-12T08:30:00.000Z');
    expect(story.reply(at('2026-01-12T08:45:00Z')).clock('first_response')).toMatchObject({
      state: 'late',
      latenessMs: 900_000,
    });
  });

  test('that solve in the same commit meet response and resolution and promise no update', () => {
    const story = new SlaStory(responses, T0).reply(later(T0, 60_000), 'solved');
    expect(story.clock('first_response').state).toBe('met');
    expect(story.clock('total_resolution').state).toBe('met');
    expect(story.has('periodic_update')).toBe(false);
  });

  test('start the next update and meet the one before', () => {
    const story = new SlaStory(responses, T0).reply(later(T0, 60_000)).reply(later(T0, 120_000));
    expect(
      story.state.clocks.filter(({ metric }) => metric === 'periodic_update').map(({ cycle, state }) => [cycle, state]),
    ).toEqual([
      [1, 'met'],
      [2, 'running'],
    ]);
    story.move(later(T0, 180_000), 'solved');
    expect(story.clock('periodic_update')).toMatchObject({ state: 'cancelled', cancelReason: 'ticket_settled' });
  });

  test('to a ticket that nobody waits for start no response clock', () => {
    const story = new SlaStory(responses, T0, { customerWaitingSince: null, requesterContactId: null });
    expect(story.has('first_response')).toBe(false);
    expect(story.has('total_resolution')).toBe(true);
  });

  test('in time, though the sweep noted a breach first, take it back', () => {
    const story = new SlaStory(responses, T0);
    const due = later(T0, HOUR * 1000).getTime();
    const clock = story.clock('first_response');
    const timers = clock.timers.map((timer) => (timer.kind === 'breach' ? { ...timer, firedAt: due + 5 } : timer));
    story.state = {
      ...story.state,
      clocks: story.state.clocks.map((each) => (each === clock ? { ...clock, breachedAt: due, timers } : each)),
    };
    story.reply(new Date(due - 10));
    expect(story.clock('first_response')).toMatchObject({ state: 'met', breachedAt: null });
    expect(story.types('first_response')).toEqual(['started', 'breach_withdrawn', 'fulfilled']);
  });
});

describe('solving', () => {
  const both = plain(
    target('first_response', HOUR),
    target('first_resolution', 8 * HOUR),
    target('total_resolution', 8 * HOUR),
  );

  test('without an answer cancels the response clock, and nothing of it can fire', () => {
    const clock = new SlaStory(both, T0).move(later(T0, 60_000), 'solved').clock('first_response');
    expect(clock).toMatchObject({
      state: 'cancelled',
      cancelReason: 'no_response_needed',
      breachedAt: null,
      timers: [],
    });
  });

  test('after a breach still counts as missed', () => {
    const clock = new SlaStory(both, T0).move(later(T0, 2 * HOUR * 1000), 'solved').clock('first_response');
    expect(clock).toMatchObject({ state: 'cancelled', breachedAt: T0.getTime() + HOUR * 1000 });
  });

  test('is the same as closing', () => {
    expect(new SlaStory(both, T0).move(later(T0, 60_000), 'closed').clock('first_resolution').state).toBe('met');
  });

  test('and reopening leave the first resolution and go on with the total', () => {
    const story = new SlaStory(both, T0)
      .move(later(T0, HOUR * 1000), 'solved')
      .move(later(T0, 3 * HOUR * 1000), 'open');
    expect(story.clock('first_resolution')).toMatchObject({ state: 'met', cycle: 1 });
    expect(story.clock('total_resolution')).toMatchObject({
      state: 'running',
      cycle: 1,
      consumedMs: HOUR * 1000,
      settledAt: null,
    });
    expect(story.due('total_resolution')).toBe(later(T0, 10 * HOUR * 1000).toISOString());
    expect(story.clock('total_resolution').timers.map(({ kind }) => kind)).toEqual(['breach']);
  });

  test('late, then reopening, keeps the breach', () => {
    const story = new SlaStory(both, T0)
      .move(later(T0, 9 * HOUR * 1000), 'solved')
      .move(later(T0, 10 * HOUR * 1000), 'open');
    const due = T0.getTime() + 8 * HOUR * 1000;
    expect(story.clock('total_resolution')).toMatchObject({
      state: 'running',
      breachedAt: due,
      dueAt: due,
      latenessMs: null,
    });
  });

  test('and reopening in mode restart begins a new cycle', () => {
    const restart = plain(target('total_resolution', HOUR, { reopenMode: 'restart' }));
    const story = new SlaStory(restart, T0).move(later(T0, 1000), 'solved').move(later(T0, 2000), 'open');
    expect(story.clock('total_resolution')).toMatchObject({ cycle: 2, consumedMs: 0, state: 'running' });
  });

  test('before it begins starts no clock', () => {
    expect(new SlaStory(both, T0, { statusCategory: 'solved' }).state.clocks).toEqual([]);
  });
});

describe('deleting and merging', () => {
  const config = plain(target('first_resolution', 8 * HOUR));

  test('stop every clock, and restoring goes on where it stood', () => {
    const story = new SlaStory(config, T0).change(later(T0, HOUR * 1000), { deletedAt: later(T0, HOUR * 1000) });
    expect(story.clock('first_resolution')).toMatchObject({
      state: 'cancelled',
      cancelReason: 'ticket_deleted',
      timers: [],
    });
    story.change(later(T0, 5 * HOUR * 1000), { deletedAt: null });
    expect(story.clock('first_resolution')).toMatchObject({
      state: 'running',
      consumedMs: HOUR * 1000,
      cancelReason: null,
    });
    expect(story.due('first_resolution')).toBe(later(T0, 12 * HOUR * 1000).toISOString());
  });

  test('a source cancels its clocks though it is closed, and taking it back revives them', () => {
    const story = new SlaStory(config, T0);
    const { statusId, statusCategory } = story.ticket;
    const into = story.ticket.id;
    story.change(later(T0, 1000), { mergedIntoId: into, statusCategory: 'closed' });
    expect(story.clock('first_resolution')).toMatchObject({ state: 'cancelled', cancelReason: 'ticket_merged' });
    story.change(later(T0, 2000), { mergedIntoId: null, statusId, statusCategory });
    expect(story.clock('first_resolution').state).toBe('running');
  });
});
