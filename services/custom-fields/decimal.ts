const DECIMAL = /^(-?)(\d{1,20})(?:\.(\d{1,10}))?$/;
const FRACTION_DIGITS = 10;

/** The one spelling of an exact decimal: no leading zeros, no trailing ones, no `-0`. `undefined` for anything else. */
export function plainDecimal(text: string): string | undefined {
  const [, sign, whole, fraction = ''] = DECIMAL.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const digits = fraction.replace(/0+$/, '');
  const plain = BigInt(whole).toString() + (digits === '' ? '' : `.${digits}`);
  return plain === '0' ? plain : `${sign}${plain}`;
}

/** Negative, zero or positive as `a` is below, equal to or above `b`, exactly. Both are decimals as Postgres writes them. */
export function compareDecimals(a: string, b: string): number {
  const [left, right] = [scaled(a), scaled(b)];
  return left < right ? -1 : Number(left > right);
}

function scaled(text: string): bigint {
  const [whole = '', fraction = ''] = text.split('.');
  return BigInt(whole + fraction.padEnd(FRACTION_DIGITS, '0'));
}
