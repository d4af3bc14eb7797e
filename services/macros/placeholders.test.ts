import { describe, expect, test } from 'vitest';
import { fillPlaceholders, PLACEHOLDERS, unknownPlaceholders } from '#schema/placeholders.ts';
import { escapeMarkdown } from './escape-markdown.ts';

const NOTHING = Object.fromEntries(PLACEHOLDERS.map((name) => [name, null])) as Parameters<typeof fillPlaceholders>[1];
const fill = (text: string, values: Partial<typeof NOTHING> = {}) => fillPlaceholders(text, { ...NOTHING, ...values });

describe('placeholders', () => {
  test('give their value, else their fallback, else nothing; a value is never filled again', () => {
    expect(fill('{{requester.first_name|there}}!', { 'requester.first_name': 'Ada' })).toBe('Ada!');
    expect(fill('{{ requester.first_name | you, there }}!')).toBe(' you, there !');
    expect(fill('Re: {{ticket.subject}}.')).toBe('Re: .');
    expect(fill('{{ticket.subject}}', { 'ticket.subject': '{{agent.name}} $& $1' })).toBe('{{agent.name}} $& $1');
  });

  test('that stand for nothing are told, and so are braces that nobody closed', () => {
    expect(unknownPlaceholders('{{ticket.number}} {{requester.name|you}} {not} {{ agent.name }}')).toEqual([]);
    expect(unknownPlaceholders('{{ticket.password}} {{TICKET.NUMBER}} {{}} {{ticket.password}}')).toEqual([
      '{{ticket.password}}',
      '{{TICKET.NUMBER}}',
      '{{}}',
    ]);
    expect(unknownPlaceholders('{{ticket.number|{x}}} {{agent.name')).toHaveLength(2);
    expect(unknownPlaceholders('{{constructor}} {{__proto__}}')).toHaveLength(2);
  });
});

// What it must hold was tried against a parser of CommonMark and GFM with random text; these are the turns that matter.
test.each([
  ['**now** _or_ `never`', String.raw`\*\*now\*\* \_or\_ \`never\``],
  ['[pay](https://evil.example)', String.raw`\[pay\](https\://evil.example)`],
  ['<b>https://evil.example</b>', String.raw`\<b\>https\://evil.example\</b\>`],
  ['Www.evil.example a@b.example', String.raw`Www\.evil.example a\@b.example`],
  ['&lt; AT&T', String.raw`\&lt; AT&T`],
  ['# 1', String.raw`\# 1`],
  ['12) of 13', String.raw`12\) of 13`],
  ['- a\n- b', String.raw`\- a - b`],
  ["Re: O'Neil, Inc. (north-west)", "Re: O'Neil, Inc. (north-west)"],
  [String.raw`\*`, String.raw`\\\*`],
])('%s stands in Markdown as the words it is', (value, escaped) => {
  expect(escapeMarkdown(value)).toBe(escaped);
});
