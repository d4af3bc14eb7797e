const ALLOWED = /^(?:https?:\/\/|mailto:)[^\s]/i;
/** Browsers drop some of them on their way to the scheme, and none has a place in an address (RFC 3986 §2). */
const CONTROLS = /\p{Cc}/u;

/**
 * Where a link of a message may lead: http, https and mailto, percent-encoded; undefined for everything else. What names its
 * scheme by entities is not decoded but refused.
 */
export function linkTarget(href: string): string | undefined {
  const plain = href.trim().replaceAll('&amp;', '&').toWellFormed();
  if (!ALLOWED.test(plain) || CONTROLS.test(plain)) return undefined;
  return encodeURI(plain).replaceAll('%25', '%').replaceAll('%5B', '[').replaceAll('%5D', ']');
}
