import { HTML_ENTITIES } from './html-entities.ts';

const MOST_CHARACTERS = 1024 * 1024;
const SKIPPED = new Set(['head', 'script', 'style', 'title', 'template']);
const BREAKS = new Set([
  'address',
  'article',
  'blockquote',
  'br',
  'div',
  'dl',
  'dt',
  'dd',
  'footer',
  'h1',
  'h2',
  'h3',
  'h4',
  'h5',
  'h6',
  'header',
  'hr',
  'li',
  'ol',
  'p',
  'pre',
  'section',
  'table',
  'tr',
  'ul',
]);

/** The readable text of HTML, for a mail that has no other: one pass over at most 1 MiB, tags gone, blocks on lines of their own. */
export function htmlText(html: string): string {
  const source = html.slice(0, MOST_CHARACTERS);
  const out: string[] = [];
  for (let at = 0; at < source.length; ) {
    const open = source.indexOf('<', at);
    if (open < 0) {
      out.push(plain(source.slice(at)));
      break;
    }
    out.push(plain(source.slice(at, open)));
    at = afterTag(source, open, out);
  }
  return out
    .join('')
    .split('\n')
    .map((line) => line.trim())
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim();
}

/** Where reading goes on after the tag or comment at `open`; a block leaves a line break. */
function afterTag(source: string, open: number, out: string[]): number {
  if (source.startsWith('<!--', open)) return after(source, '-->', open + 4);
  const name = /^<\/?([a-z][a-z0-9]{0,15})(?=[\s/>])/i.exec(source.slice(open, open + 20))?.[1]?.toLowerCase();
  if (name === undefined && !/^<[!?/]/.test(source.slice(open, open + 2))) {
    out.push('<');
    return open + 1;
  }
  const end = after(source, '>', open);
  if (name !== undefined && SKIPPED.has(name) && source[open + 1] !== '/') {
    const close = closing(source, name, end);
    return close < 0 ? source.length : after(source, '>', close);
  }
  if (name !== undefined && BREAKS.has(name)) out.push('\n');
  if (name === 'td' || name === 'th') out.push(' ');
  return end;
}

/** The closing tag of an element whose content is no text. */
function closing(source: string, name: string, from: number): number {
  for (let at = source.indexOf('</', from); at >= 0; at = source.indexOf('</', at + 2)) {
    if (source.slice(at + 2, at + 2 + name.length).toLowerCase() === name) return at;
  }
  return -1;
}

function after(source: string, mark: string, from: number): number {
  const at = source.indexOf(mark, from);
  return at < 0 ? source.length : at + mark.length;
}

const plain = (text: string): string =>
  text.replaceAll(/\s+/g, ' ').replaceAll(/&(#x?[0-9a-f]{1,6}|[a-z][a-z0-9]{1,7});/gi, decoded);

function decoded(whole: string, name: string): string {
  if (!name.startsWith('#')) return HTML_ENTITIES[name] ?? whole;
  const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number.parseInt(name.slice(1), 10);
  return Number.isNaN(code) || code === 0 || code > 0x10ffff ? '' : String.fromCodePoint(code);
}
