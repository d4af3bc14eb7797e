/** Text of a stranger inside a page of ours. */
const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);

const STYLE = 'body{font:16px/1.5 system-ui;max-width:32rem;margin:3rem auto;padding:0 1rem}textarea{width:100%}';

/** No script, no picture, no other origin; the form goes back to where it came from. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy':
    "default-src 'none'; style-src 'sha256-IrxIEoVtyApDRV76GOc9kydNMr27m4CVDIUutQpbdbE='; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
};

const page = (title: string, content: string): ReadableStream<Uint8Array> =>
  new Blob([
    `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="robots" content="noindex"><title>${title}</title><style>${STYLE}</style><h1>${title}</h1>${content}</html>`,
  ]).stream() as ReadableStream<Uint8Array>;

const SCORES = [
  [5, 'Very good'],
  [4, 'Good'],
  [3, 'Neither good nor bad'],
  [2, 'Bad'],
  [1, 'Very bad'],
] as const;

/** The form behind the link of a mail. */
export const ratingForm = (given: { subject: string; score: number | null; comment: string | null }) =>
  page(
    'How did we do?',
    `<p>${escaped(given.subject)}</p><form method="post">${SCORES.map(
      ([score, label]) =>
        `<p><label><input type="radio" name="score" value="${score}" required${given.score === score ? ' checked' : ''}> ${label}</label></p>`,
    ).join(
      '',
    )}<p><label>Anything to add?<br><textarea name="comment" rows="5" maxlength="2000">${escaped(given.comment ?? '')}</textarea></label></p><p><button>Send</button></p></form>`,
  );

export const thanks = () => page('Thank you', '<p>Your answer is recorded. You may change it by the same link.</p>');
