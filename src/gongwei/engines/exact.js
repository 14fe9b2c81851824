// @ts-check
/**
 * Exact decimal numbers: units / 10^scale, as BigInt. JavaScript's own numbers are binary fractions, and 0.1 + 0.2
 * judged by them is not what the server says. Mirrors `decimal.Decimal` as `gongwei.engines.row` uses it.
 *
 * @typedef {{units: bigint, scale: number}} Exact
 */

/** Decimals a quotient keeps: `gongwei.language.expressions.QUOTIENT_DIGITS`. */
export const QUOTIENT_DIGITS = 10;

const FORM = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;

/** @param {bigint} value */
const absolute = (value) => (value < 0n ? -value : value);

/** @param {number} power @returns {bigint} */
const ten = (power) => 10n ** BigInt(power);

/**
 * The exact number a text (or a JavaScript number, by its shortest text) says.
 * @param {string | number | bigint} value
 * @returns {Exact}
 * @throws {RangeError} when it is no number
 */
export function exact(value) {
  const found = FORM.exec(String(value).trim());
  if (!found || !((found[2] ?? "") + (found[3] ?? ""))) throw new RangeError(`not a number: ${value}`);
  const [, sign, whole, fraction = "", exponent = "0"] = found;
  const units = BigInt(whole + fraction) * (sign === "-" ? -1n : 1n);
  const scale = fraction.length - Number(exponent);
  return scale < 0 ? { units: units * ten(-scale), scale: 0 } : { units, scale };
}

/** @param {Exact} a @param {number} scale at least a's own @returns {bigint} */
const unitsAt = (a, scale) => a.units * ten(scale - a.scale);

/** Negative, zero or positive as a is less than, equal to or greater than b. @param {Exact} a @param {Exact} b */
export function compare(a, b) {
  const scale = Math.max(a.scale, b.scale);
  const difference = unitsAt(a, scale) - unitsAt(b, scale);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** @param {Exact} a @param {Exact} b @returns {Exact} */
export function add(a, b) {
  const scale = Math.max(a.scale, b.scale);
  return { units: unitsAt(a, scale) + unitsAt(b, scale), scale };
}

/** @param {Exact} a @param {Exact} b @returns {Exact} */
export function subtract(a, b) {
  return add(a, { units: -b.units, scale: b.scale });
}

/** @param {Exact} a @param {Exact} b @returns {Exact} */
export function multiply(a, b) {
  return { units: a.units * b.units, scale: a.scale + b.scale };
}

/** Half away from zero. @param {bigint} dividend @param {bigint} divisor above zero @returns {bigint} */
function dividedHalfAway(dividend, divisor) {
  const size = absolute(dividend);
  const quotient = (size * 2n + divisor) / (divisor * 2n);
  return dividend < 0n ? -quotient : quotient;
}

/** Rounded half away from zero to so many decimals. @param {Exact} a @param {number} digits @returns {Exact} */
export function round(a, digits) {
  if (a.scale <= digits) return a;
  return { units: dividedHalfAway(a.units, ten(a.scale - digits)), scale: digits };
}

/** The quotient to `QUOTIENT_DIGITS`; null on division by zero. @param {Exact} a @param {Exact} b @returns {Exact | null} */
export function divide(a, b) {
  if (b.units === 0n) return null;
  const scale = Math.max(a.scale, b.scale);
  const sign = b.units < 0n ? -1n : 1n;
  const dividend = unitsAt(a, scale) * ten(QUOTIENT_DIGITS) * sign;
  return { units: dividedHalfAway(dividend, unitsAt(b, scale) * sign), scale: QUOTIENT_DIGITS };
}

/** The last digit before the decimal point of the absolute value. @param {Exact} a @returns {Exact} */
export function lastDigit(a) {
  return { units: (absolute(a.units) / ten(a.scale)) % 10n, scale: 0 };
}

/** Plain text without an exponent and without trailing zeros. @param {Exact} a @returns {string} */
export function text(a) {
  const digits = absolute(a.units).toString().padStart(a.scale + 1, "0");
  const whole = digits.slice(0, digits.length - a.scale);
  const fraction = digits.slice(digits.length - a.scale).replace(/0+$/, "");
  const sign = a.units < 0n ? "-" : "";
  return sign + whole + (fraction ? `.${fraction}` : "");
}
