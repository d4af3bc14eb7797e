import { Lexer, type Token, Tokenizer, type Tokens, type TokensList } from 'marked';

/** Quotes and lists in one another; what lies deeper is text. */
const MOST_DEPTH = 8;
/** How often blocks may be looked for in each character, over all depths. */
const MOST_PASSES = 8;
/** Steps of the library's patterns, guessed from lengths and marks. A page of prose takes some 50,000. */
const MOST_WORK = 4_000_000;
/** A row of a table may leave out its cells, so a short text could ask for millions. */
const MOST_CELLS = 20_000;
/** Lines of a quote, for each time that it stops and goes on. */
const MOST_QUOTED = 500_000;

/** A hundred quotes and lists begun in one line: nobody's list, and it costs the square of the line. */
const CHAIN = /^(?:[ \t]*(?:>|(?:[-+*]|\d{1,9}[.)])[ \t])){100}/m;

const MARKS = /[[\]()*_~`<!\\&@:]/g;
const WORDS = /[^\s@]+/g;

/** HTML is text like any other, so that nothing of it is ever passed on; tables and quotes have their bounds. */
class BoundedTokenizer extends Tokenizer {
  #cells = MOST_CELLS;
  #quoted = MOST_QUOTED;
  readonly #lists: boolean;

  constructor(text: string) {
    super();
    this.#lists = !CHAIN.test(text);
  }

  override html(): undefined {
    return undefined;
  }

  override list(src: string): Tokens.List | undefined {
    return this.#lists ? super.list(src) : undefined;
  }

  override blockquote(src: string): Tokens.Blockquote | undefined {
    const [raw] = this.rules.block.blockquote.exec(src) ?? [];
    if (raw === undefined) return undefined;
    this.#quoted -= raw.split('\n').length * raw.split(/\n(?! {0,3}>)/).length;
    if (this.#quoted >= 0) return super.blockquote(src);
    const paragraph = { type: 'paragraph', raw, text: raw, tokens: this.lexer.inline(raw) };
    return { type: 'blockquote', raw, text: raw, tokens: [paragraph] };
  }

  /** One that is too large comes whole and without a head: offered again line by line it would cost its square. */
  override table(src: string): Tokens.Table | undefined {
    const [raw, , columns = '', rows = ''] = this.rules.block.table.exec(src) ?? [];
    if (raw === undefined) return undefined;
    this.#cells -= columns.split('|').length * rows.split('\n').length;
    return this.#cells >= 0 ? super.table(src) : { type: 'table', raw, align: [], header: [], rows: [] };
  }
}

/**
 * Markdown into tokens, in bounded time: the library alone takes time that grows with the square of what a paragraph holds,
 * and that doubles with each level of quotes. What is over the bounds stays as it was written.
 */
export class BoundedLexer extends Lexer {
  #depth = 0;
  #passes: number;
  #work = MOST_WORK;

  constructor(text: string) {
    super({ gfm: true, tokenizer: new BoundedTokenizer(text) });
    this.#passes = text.length * MOST_PASSES;
  }

  override blockTokens(src: string, tokens?: Token[], lastParagraphClipped?: boolean): Token[];
  override blockTokens(src: string, tokens?: TokensList, lastParagraphClipped?: boolean): TokensList;
  override blockTokens(src: string, tokens: Token[] = [], lastParagraphClipped?: boolean): Token[] {
    this.#passes -= src.length;
    // In a list each line is looked at as the first of all that follow it up to a blank one.
    if (!this.state.top) for (const part of src.split('\n\n')) this.#work -= part.length * part.split('\n').length;
    if (this.#depth >= MOST_DEPTH || this.#passes < 0 || this.#work < 0) {
      tokens.push({ type: 'paragraph', raw: src, text: src, tokens: this.inline(src) });
      return tokens;
    }
    this.#depth += 1;
    super.blockTokens(src, tokens, lastParagraphClipped);
    this.#depth -= 1;
    return tokens;
  }

  override inlineTokens(src: string, tokens: Token[] = []): Token[] {
    this.#work -= src.length * (src.match(MARKS)?.length ?? 0);
    if (src.includes('@')) for (const [word] of src.matchAll(WORDS)) this.#work -= word.length ** 2;
    if (this.#work >= 0) return super.inlineTokens(src, tokens);
    tokens.push({ type: 'text', raw: src, text: src });
    return tokens;
  }
}
