import { expect, test } from 'vitest';
import { type ReplyRules, replyRoute } from './reply-rules.ts';

const DAY = 86_400_000;
const solvedAt = new Date('2026-11-02T09:00:00.000Z');
const rules: ReplyRules = { reopenWindowDays: 7, onClosedReply: 'follow_up' };
const after = (ms: number) => new Date(solvedAt.getTime() + ms);
const solved = { statusCategory: 'solved', solvedAt, mergedIntoId: null } as const;
const closed = { ...solved, statusCategory: 'closed' } as const;

test('the last millisecond of the window reopens, the next makes a follow-up', () => {
  expect(replyRoute(solved, rules, after(7 * DAY))).toBe('add');
  expect(replyRoute(solved, rules, after(7 * DAY + 1))).toBe('follow_up');
});

test('a window without end always reopens, one of no days never', () => {
  expect(replyRoute(solved, { ...rules, reopenWindowDays: null }, after(9999 * DAY))).toBe('add');
  expect(replyRoute(solved, { ...rules, reopenWindowDays: 0 }, solvedAt)).toBe('follow_up');
});

test('a closed ticket reopens only where the rules say so, and within the window', () => {
  expect(replyRoute(closed, rules, after(DAY))).toBe('follow_up');
  expect(replyRoute(closed, { ...rules, onClosedReply: 'reopen' }, after(DAY))).toBe('add');
  expect(replyRoute(closed, { ...rules, onClosedReply: 'reopen' }, after(8 * DAY))).toBe('follow_up');
  expect(replyRoute(closed, { ...rules, onClosedReply: 'refuse' }, after(DAY))).toBe('refuse');
  expect(replyRoute(solved, { ...rules, onClosedReply: 'refuse' }, after(DAY))).toBe('add');
});

test('what is active takes a reply at any time', () => {
  const pending = { statusCategory: 'pending', solvedAt: null, mergedIntoId: null } as const;
  expect(replyRoute(pending, { reopenWindowDays: 0, onClosedReply: 'refuse' }, after(DAY))).toBe('add');
});
