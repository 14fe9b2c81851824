// @ts-check
/**
 * The phone's engine: runs conditions that `gongwei.engines.phone` wrote as nested arrays, with the meaning
 * `gongwei.engines.row` gives them. Missing is null and `& | ~` are Kleene's. A node is `[name, ...operands]`, its name
 * that of the class in `gongwei.language`. Nothing is compiled from text; there is no clock and no network here.
 *
 * @typedef {import("./exact.js").Exact} Exact
 * @typedef {boolean | string | Exact | string[] | Answers[] | null} Value a day is ISO text; codes are sorted texts
 * @typedef {[string, ...any[]]} Node
 * @typedef {import("./contexts.js").Answers} Answers
 * @typedef {import("./contexts.js").RecordContext} RecordContext
 * @typedef {import("./contexts.js").PeriodContext} PeriodContext
 */

import { isBefore, isMissing, parameter, recordContext } from "./contexts.js";
import * as days from "./days.js";
import * as exact from "./exact.js";
import { periodOperators } from "./periods.js";

/** Microseconds of an ISO instant, so that two writings of one instant are equal. @param {string} text */
function instant(text) {
  const fraction = /\.(\d+)/.exec(text)?.[1] ?? "";
  const second = BigInt(Date.parse(text.replace(/\.\d+/, "")));
  return second * 1000n + BigInt(fraction.slice(0, 6).padEnd(6, "0"));
}

/**
 * A JSON value as the kind of value the node says it is.
 * @param {string} kind @param {any} raw @returns {Value}
 */
export function readValue(kind, raw) {
  if (isMissing(raw)) return null;
  if (kind === "number") return exact.exact(raw);
  if (kind === "codes") return [...raw].sort();
  return raw;
}

/** The contrary of `readValue`: numbers as plain texts. @param {Value} value @returns {any} */
export function writeValue(value) {
  return value !== null && typeof value === "object" && "units" in value ? exact.text(value) : value;
}

/** Negative, zero, positive. @param {string} kind @param {any} left @param {any} right @returns {number} */
function order(kind, left, right) {
  if (kind === "number") return exact.compare(left, right);
  if (kind === "moment") [left, right] = [instant(left), instant(right)];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** @type {Record<string, (order: number) => boolean>} */
const COMPARISONS = {
  eq: (sign) => sign === 0,
  ne: (sign) => sign !== 0,
  lt: (sign) => sign < 0,
  le: (sign) => sign <= 0,
  gt: (sign) => sign > 0,
  ge: (sign) => sign >= 0,
};

/** @type {Record<string, (a: Exact, b: Exact) => Exact | null>} */
const ARITHMETIC = { add: exact.add, subtract: exact.subtract, multiply: exact.multiply, divide: exact.divide };

/** All known values, or null when one is missing. @param {Node[]} nodes @param {any} context @returns {any[] | null} */
function allKnown(nodes, context) {
  const values = [];
  for (const node of nodes) {
    const value = evaluate(node, context);
    if (value === null) return null;
    values.push(value);
  }
  return values;
}

/** @type {Record<string, (operands: any[], context: any) => any>} */
const RECORD_OPERATORS = {
  Literal: ([kind, raw]) => readValue(kind, raw),
  Answer: ([kind, name], context) => readValue(kind, context.answers[name]),
  Attribute: ([kind, name], context) => readValue(kind, context.attributes[name]),
  RecordDay: (_, context) => context.doneOn,
  EntryDay: (_, context) => context.enteredOn ?? null,
  Parameter: ([kind, code], context) => readValue(kind, parameter(context, code)),
  EpisodeStart: ([episode], context) =>
    (context.episodes[episode] ?? [])
      .map(([start]) => start)
      .filter((start) => start <= context.doneOn)
      .reduce((latest, start) => (latest === null || latest < start ? start : latest), null),
  Previous([value, having, within], context) {
    const limit = within === null ? null : evaluate(within, context);
    let found = null;
    for (const entry of context.history) {
      if (!isBefore(entry, context) || (found !== null && isBefore(entry, found))) continue;
      const age = exact.exact(days.ordinal(context.doneOn) - days.ordinal(entry.doneOn));
      if (limit !== null && exact.compare(age, limit) > 0) continue;
      const earlier = recordContext(context, entry, context.history);
      if (having === null || evaluate(having, earlier) === true) found = earlier;
    }
    return found === null ? null : evaluate(value, found);
  },
  Compare([op, kind, left, right], context) {
    const sides = allKnown([left, right], context);
    return sides && COMPARISONS[op](order(kind, sides[0], sides[1]));
  },
  IsIn([kind, value, values], context) {
    const found = evaluate(value, context);
    if (found === null) return null;
    return values.some((/** @type {Node} */ each) => {
      const wanted = evaluate(each, context);
      return wanted !== null && order(kind, found, wanted) === 0;
    });
  },
  IsMissing: ([value], context) => evaluate(value, context) === null,
  And([parts], context) {
    let result = true;
    for (const part of parts) {
      const value = evaluate(part, context);
      if (value === false) return false;
      if (value === null) result = null;
    }
    return result;
  },
  Or([parts], context) {
    let result = false;
    for (const part of parts) {
      const value = evaluate(part, context);
      if (value === true) return true;
      if (value === null) result = null;
    }
    return result;
  },
  Not([value], context) {
    const found = evaluate(value, context);
    return found === null ? null : !found;
  },
  CountTrue: ([parts], context) =>
    exact.exact(parts.filter((/** @type {Node} */ part) => evaluate(part, context) === true).length),
  Arithmetic([op, left, right], context) {
    const sides = allKnown([left, right], context);
    return sides && ARITHMETIC[op](sides[0], sides[1]);
  },
  Round([value, digits], context) {
    const found = evaluate(value, context);
    return found && exact.round(found, digits);
  },
  Extreme([which, kind, parts], context) {
    const wanted = which === "least" ? -1 : 1;
    const values = allKnown(parts, context);
    return values && values.reduce((best, each) => (order(kind, each, best) * wanted > 0 ? each : best));
  },
  LastDigit([value], context) {
    const found = evaluate(value, context);
    return found && exact.lastDigit(found);
  },
  DateDistance([unit, start, end], context) {
    const sides = allKnown([start, end], context);
    return sides && exact.exact(days.completed(unit, sides[0], sides[1]));
  },
  DateAdd([start, unit, amount, back], context) {
    const sides = allKnown([start, amount], context);
    if (sides === null) return null;
    const count = Math.trunc(Number(exact.text(sides[1])));
    return days.add(sides[0], unit, back ? -count : count);
  },
  Case([whens, otherwise], context) {
    const hit = whens.find((/** @type {[Node, Node]} */ [condition]) => evaluate(condition, context) === true);
    return evaluate(hit ? hit[1] : otherwise, context);
  },
  Coalesce([parts], context) {
    for (const part of parts) {
      const value = evaluate(part, context);
      if (value !== null) return value;
    }
    return null;
  },
  Has([value, code], context) {
    const found = evaluate(value, context);
    return found && found.includes(code);
  },
  ChosenCount([value], context) {
    const found = evaluate(value, context);
    return found && exact.exact(new Set(found).size);
  },
  RowsCount([rows, where], context) {
    const found = evaluate(rows, context) ?? [];
    const counted = found.filter(
      (/** @type {Answers} */ answers) => where === null || evaluate(where, { ...context, answers }) === true,
    );
    return exact.exact(counted.length);
  },
};

const OPERATORS = { ...RECORD_OPERATORS, ...periodOperators(evaluate) };

/** Names of the nodes this engine runs. */
export const NODES = Object.keys(OPERATORS);

/**
 * The value of a condition about one record or about one subject in one period.
 * @param {Node} node @param {any} context a RecordContext or a PeriodContext, as the node's room asks
 * @returns {any}
 * @throws {TypeError} on a node this engine does not know
 */
export function evaluate(node, context) {
  const [name, ...operands] = node;
  if (!Object.hasOwn(OPERATORS, name)) throw new TypeError(`unknown node: ${name}`);
  return OPERATORS[name](operands, context);
}
