import { expect, test } from 'vitest';
import { whyNoTicket } from './create-ticket-rule.ts';
import type { IssuePayload } from './delivery-payload.ts';

const payload = (action: string, issue: Partial<IssuePayload['issue']> = {}, label?: string): IssuePayload => ({
  action,
  ...(label === undefined ? {} : { label: { name: label } }),
  issue: { id: 1, number: 1, html_url: 'https://github.com/o/r/issues/1', title: 'T', state: 'open', ...issue },
});
const support = { label: 'support' };

test('an opened issue gets a ticket under the rule `all`, never under `never`', () => {
  expect(whyNoTicket('all', payload('opened'))).toBeNull();
  expect(whyNoTicket('never', payload('opened'))).toBe('rule_never');
});

test('under a label rule it needs that label, whatever its case', () => {
  expect(whyNoTicket(support, payload('opened', { labels: [{ name: 'Support' }] }))).toBeNull();
  expect(whyNoTicket(support, payload('opened', { labels: [{ name: 'bug' }] }))).toBe('label_absent');
});

test('the label may come later, while the issue is open', () => {
  expect(whyNoTicket(support, payload('labeled', {}, 'support'))).toBeNull();
  expect(whyNoTicket(support, payload('labeled', { labels: [{ name: 'support' }] }, 'bug'))).toBe('label_absent');
  expect(whyNoTicket(support, payload('labeled', { state: 'closed' }, 'support'))).toBe('unhandled_event');
});

test('a pull request is no issue', () => {
  expect(whyNoTicket('all', payload('opened', { pull_request: {} }))).toBe('pull_request');
});

test('other actions open nothing', () => {
  expect(whyNoTicket('all', payload('edited'))).toBe('unhandled_event');
});
