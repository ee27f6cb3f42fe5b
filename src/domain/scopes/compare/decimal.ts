/** `units` divided by ten to the power of `scale`: exact, whatever the number of digits. */
export interface Decimal {
  readonly units: bigint;
  readonly scale: number;
}

const DECIMAL = /^([+-]?)(\d{1,64})(?:\.(\d{1,64}))?(?:[eE]([+-]?\d{1,2}))?$/;

/** Reads a number of at most 64 digits before and after the point and two in the exponent; null: it is none. */
export function readDecimal(text: string): Decimal | null {
  const [whole, sign = "", digits = "", fraction = "", exponent = "0"] = DECIMAL.exec(text) ?? [];
  if (whole === undefined) return null;
  const units = BigInt(`${digits}${fraction}`);
  return { units: sign === "-" ? -units : units, scale: fraction.length - Number(exponent) };
}

const atScale = ({ units, scale }: Decimal, wanted: number): bigint => units * 10n ** BigInt(wanted - scale);

/** Negative, zero or positive, as `a` is less than, equal to or greater than `b`. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  const scale = Math.max(a.scale, b.scale);
  const [left, right] = [atScale(a, scale), atScale(b, scale)];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** The sum, exact. */
export function plus(a: Decimal, b: Decimal): Decimal {
  const scale = Math.max(a.scale, b.scale);
  return { units: atScale(a, scale) + atScale(b, scale), scale };
}
