import type { MarkedToken, Token, Tokens } from 'marked';
import { BoundedLexer } from './bounded-lexer.ts';
import { linkTarget } from './link-target.ts';

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => ESCAPES[character] ?? '');

/** Text in which entities stand for characters (CommonMark §2.5): whoever shows it decodes them, to text again. */
const prose = (text: string): string =>
  text.replaceAll(
    /&(?!#\d{1,7};|#x[\da-f]{1,6};|[a-z][a-z\d]{1,31};)|[<>"']/gi,
    (character) => ESCAPES[character] ?? '',
  );

/**
 * A message as HTML: CommonMark with tables, strikethrough and autolinks of GFM. HTML in it is text, links lead to http,
 * https and mailto, pictures are links to themselves. Only the tags and attributes written in this file come out, whatever
 * goes in; a fragment to be placed as it is.
 */
export const renderMarkdown = (text: string): string => blocks(new BoundedLexer(text).lex(text));

const blocks = (tokens: readonly Token[]): string => tokens.map((token) => block(token as MarkedToken)).join('');
const spans = (tokens: readonly Token[], inLink: boolean): string =>
  tokens.map((token) => span(token as MarkedToken, inLink)).join('');

function block(token: MarkedToken): string {
  switch (token.type) {
    case 'paragraph':
      return `<p>${spans(token.tokens, false)}</p>\n`;
    case 'heading':
      return `<h${token.depth}>${spans(token.tokens, false)}</h${token.depth}>\n`;
    case 'blockquote':
      return `<blockquote>\n${blocks(token.tokens)}</blockquote>\n`;
    case 'code':
      return `<pre><code>${escaped(token.text === '' ? '' : `${token.text.replace(/\n$/, '')}\n`)}</code></pre>\n`;
    case 'list':
      return list(token);
    case 'table':
      return table(token);
    case 'hr':
      return '<hr>\n';
    case 'space':
    case 'def':
      return '';
    default:
      return span(token, false);
  }
}

function span(token: MarkedToken, inLink: boolean): string {
  switch (token.type) {
    case 'strong':
    case 'em':
    case 'del':
      return `<${token.type}>${spans(token.tokens, inLink)}</${token.type}>`;
    case 'codespan':
      return `<code>${escaped(token.text)}</code>`;
    case 'br':
      return '<br>\n';
    case 'link':
    case 'image':
      return link(token, inLink);
    case 'checkbox':
      return token.checked ? '[x] ' : '[ ] ';
    case 'text':
      return token.tokens === undefined ? prose(token.text) : spans(token.tokens, inLink);
    case 'escape':
      return escaped(token.text);
    default:
      return prose(token.raw);
  }
}

function link(token: Tokens.Link | Tokens.Image, inLink: boolean): string {
  const target = inLink ? undefined : linkTarget(token.href);
  const isLiteral = token.type === 'link' && token.autolink === true;
  const text = isLiteral ? escaped(token.text) : spans(token.tokens, inLink || target !== undefined);
  if (target === undefined) return text;
  return `<a href="${escaped(target)}" rel="noopener noreferrer nofollow">${text === '' ? escaped(target) : text}</a>`;
}

function list({ ordered, start, items }: Tokens.List): string {
  const [tag, from] = ordered ? ['ol', start === 1 ? '' : ` start="${Number(start)}"`] : ['ul', ''];
  return `<${tag}${from}>\n${items.map(({ tokens }) => `<li>${blocks(tokens)}</li>\n`).join('')}</${tag}>\n`;
}

const ALIGNMENTS = { left: ' align="left"', right: ' align="right"', center: ' align="center"' };

/** One without a head is too large to be laid out. */
function table({ raw, header, rows }: Tokens.Table): string {
  if (header.length === 0) return `<pre>${escaped(raw)}</pre>\n`;
  const row = (cells: readonly Tokens.TableCell[], tag: 'th' | 'td'): string =>
    `<tr>${cells.map(({ tokens, align }) => `<${tag}${align === null ? '' : ALIGNMENTS[align]}>${spans(tokens, false)}</${tag}>`).join('')}</tr>\n`;
  const body = rows.length === 0 ? '' : `<tbody>\n${rows.map((cells) => row(cells, 'td')).join('')}</tbody>\n`;
  return `<table>\n<thead>\n${row(header, 'th')}</thead>\n${body}</table>\n`;
}
