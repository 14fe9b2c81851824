// @ts-check
/**
 * Judging one record on the phone, word for word as `gongwei.engines.judging` and `gongwei.language.schedules` do on the
 * server: what is wrong with it, its class and what follows, what is computed, when the next contact falls due.
 *
 * @typedef {import("./contexts.js").Entry} Entry
 * @typedef {import("./contexts.js").Subject & {records: Record<string, Entry[]>}} Subject
 * @typedef {[import("./days.js").Unit, any]} Interval unit, and the amount as a node
 * @typedef {{kind: string, text: string, interval?: Interval, late?: Interval}} Advice
 * @typedef {{earliest: string, due: string, latest: string, reason: string}} Due
 * @typedef {{field: string, message: string, severity: string, rule: string, row: number | null, within: string}} Problem
 */

import { isMissing, recordContext } from "./contexts.js";
import * as days from "./days.js";
import { evaluate, readValue, writeValue } from "./evaluate.js";
import * as exact from "./exact.js";

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/;

/** @param {any} value whether it is ISO text of a day that exists */
function isDay(value) {
  return typeof value === "string" && DAY.test(value) && days.add(value, "day", 0) === value;
}

/** @param {any} value @returns {import("./exact.js").Exact | null} */
function number(value) {
  if (typeof value !== "number" && typeof value !== "string") return null;
  try {
    return exact.exact(value);
  } catch {
    return null;
  }
}

/** Why a value of each field type cannot be an answer at all; null when it can. `field.shape_problem` on the server.
 * @type {Record<string, (field: any, value: any, label: string) => string | null>} */
const SHAPES = {
  Text(field, value, label) {
    if (typeof value !== "string") return `${label}应为文字`;
    if ([...value].length > field.maxLength) return `${label}最多${field.maxLength}个字`;
    const wanted = field.pattern && new RegExp(`^(?:${field.pattern})$`, "u");
    return wanted && !wanted.test(value) ? `${label}${field.patternHint}` : null;
  },
  Date: (_, value, label) => (isDay(value) ? null : `${label}应为日期，如 2025-03-10`),
  Moment: (_, value, label) =>
    typeof value === "string" && INSTANT.test(value) && isDay(value.slice(0, 10))
      ? null
      : `${label}应为日期和时间，如 2025-03-10 08:30`,
  YesNo: (_, value, label) => (typeof value === "boolean" ? null : `${label}应为是或否`),
  Quantity(field, value, label) {
    const found = number(value);
    if (found === null) return `${label}应为数字`;
    if (exact.compare(exact.round(found, field.decimals), found) === 0) return null;
    return field.decimals ? `${label}最多${field.decimals}位小数` : `${label}应为整数`;
  },
  Choice: (field, value, label) => (field.options.includes(value) ? null : `${label}没有“${value}”这个选项`),
  Choices(field, value, label) {
    if (!Array.isArray(value)) return `${label}应为若干选项`;
    const stray = value.map(String).sort().find((code) => !field.options.includes(code));
    return stray === undefined ? null : `${label}没有“${stray}”这个选项`;
  },
  Code: (_, value, label) => (typeof value === "string" ? null : `${label}应为代码`),
  Person: (_, value, label) => (typeof value === "string" ? null : `${label}应选医务人员`),
  Rows(field, value, label) {
    const rows = Array.isArray(value) && value.every((row) => row !== null && typeof row === "object");
    if (!rows) return `${label}应为若干行`;
    return value.length > field.atMost ? `${label}最多${field.atMost}行` : null;
  },
};

/** Names of the field types this engine knows. */
export const FIELD_TYPES = Object.keys(SHAPES);

/** @param {any} form @param {Entry} entry @param {Subject} subject */
function contextOf(form, entry, subject) {
  return recordContext(subject, entry, subject.records[form.code] ?? []);
}

/**
 * Everything wrong with a record, in the order of the form, then of the checks.
 * @param {any} form as `phone.form_json` writes it @param {Entry} entry @param {Subject} subject
 * @param {any[]} [checks] as `phone.check_json` writes them
 * @returns {Problem[]}
 */
export function problems(form, entry, subject, checks = []) {
  /** @type {Problem[]} */
  const found = [];
  /** @type {Record<string, any>} */
  const answers = {};
  /** @param {string} field @param {string} message @param {string} severity @param {string} rule */
  const complain = (field, message, severity, rule) =>
    found.push({ field, message, severity, rule, row: null, within: "" });
  for (const field of form.fields) {
    const value = entry.answers[field.name];
    const problem = isMissing(value) ? null : SHAPES[field.type](field, value, `“${field.label}”`);
    if (problem === null) answers[field.name] = value;
    else complain(field.name, problem, "block", "shape");
  }
  const wrong = new Set(found.map((problem) => problem.field));
  const known = { ...entry, answers };
  const context = contextOf(form, known, subject);
  for (const condition of form.conditions) {
    if (!wrong.has(condition.field) && evaluate(condition.holds, context) === false) {
      complain(condition.field, condition.message, condition.severity, condition.rule);
    }
  }
  const place = new Map(form.fields.map((/** @type {any} */ field, /** @type {number} */ index) => [field.name, index]));
  found.sort((a, b) => place.get(a.field) - place.get(b.field));
  for (const field of form.fields) {
    if (field.type !== "Rows" || !(field.name in answers)) continue;
    for (const [row, rowAnswers] of (answers[field.name] ?? []).entries()) {
      for (const inside of problems(field.row, { ...known, answers: rowAnswers }, subject)) {
        found.push({ ...inside, message: `第${row + 1}行：${inside.message}`, row, within: field.name });
      }
    }
  }
  for (const check of checks) {
    if (evaluate(check.holds, context) === false) complain(check.field, check.message, check.severity, check.rule);
  }
  return found;
}

/**
 * What is abnormal in a record, in order; of several findings about one field the first.
 * @param {any} form @param {any[]} items as `phone.abnormal_json` writes them @param {Entry} entry @param {Subject} subject
 * @returns {any[]}
 */
export function abnormal(form, items, entry, subject) {
  const context = contextOf(form, entry, subject);
  const said = new Set();
  return items.filter((item) => {
    if (said.has(item.field) || evaluate(item.when, context) !== true) return false;
    said.add(item.field);
    return true;
  });
}

/**
 * The values of the form's computed fields.
 * @param {any} form @param {Entry} entry @param {Subject} subject @returns {Record<string, any>}
 */
export function computedAnswers(form, entry, subject) {
  const context = contextOf(form, entry, subject);
  const computed = form.fields.filter((/** @type {any} */ field) => field.computed !== null);
  return Object.fromEntries(
    computed.map((/** @type {any} */ field) => [field.name, writeValue(evaluate(field.computed, context))]),
  );
}

/**
 * Which fields are asked of this record, by name.
 * @param {any} form @param {Entry} entry @param {Subject} subject @returns {string[]}
 */
export function askedFields(form, entry, subject) {
  const context = contextOf(form, entry, subject);
  return form.fields
    .filter((/** @type {any} */ field) => field.asked === null || evaluate(field.asked, context) === true)
    .map((/** @type {any} */ field) => field.name);
}

/**
 * The first row of a decision table that holds, what it proposes, and when the contact falls due next.
 * @param {any} table as `phone.table_json` writes it @param {Entry} entry @param {Subject} subject
 * @param {any} [contact] @param {string | null} [startedOn] start of the episode, for a contact never done before
 * @returns {{row: string, label: string, advice: Advice[], proposes: Record<string, any>, nextDue: Due | null}}
 */
export function classify(table, entry, subject, contact = null, startedOn = null) {
  const context = contextOf({ code: table.form }, entry, subject);
  const row =
    table.rows.find((/** @type {any} */ each) => each.when === null || evaluate(each.when, context) === true) ??
    table.rows[table.rows.length - 1];
  const proposes = Object.fromEntries(
    Object.entries(row.proposes).map(([name, node]) => [name, writeValue(evaluate(node, context))]),
  );
  const due =
    contact !== null && row.when !== null
      ? nextDue(contact, startedOn ?? entry.doneOn, entry.doneOn, row.advice, context)
      : null;
  return { row: row.code, label: row.label, advice: row.advice, proposes, nextDue: due };
}

/** @param {string} a @param {string} b */
const later = (a, b) => (a < b ? b : a);

/**
 * When the contact is due next; null when nothing more is expected. Knows nothing of today.
 * @param {any} contact as `phone.contact_json` writes it @param {string} startedOn @param {string | null} lastDoneOn
 * @param {Advice[]} advice @param {any} context whose parameters intervals name
 * @returns {Due | null}
 */
export function nextDue(contact, startedOn, lastDoneOn, advice, context) {
  /** @param {string} day @param {Interval} interval @param {number} [sign] */
  const moved = (day, [unit, amount], sign = 1) => {
    const count = readValue("number", writeValue(evaluate(amount, context)));
    if (count === null) throw new TypeError(`interval of ${contact.title} has no amount`);
    return days.add(day, unit, sign * Math.trunc(Number(exact.text(/** @type {any} */ (count)))));
  };
  const revisit = advice.find((each) => each.kind === "revisit");
  if (revisit?.interval && revisit.late && lastDoneOn !== null) {
    const due = moved(lastDoneOn, revisit.interval);
    return { earliest: days.add(lastDoneOn, "day", 1), due, latest: moved(due, revisit.late), reason: "advice" };
  }
  if (contact.onceIn !== null) return yearly(startedOn, lastDoneOn);
  if (contact.every !== null) {
    const due = moved(lastDoneOn ?? startedOn, contact.every);
    const floor = lastDoneOn === null ? startedOn : days.add(lastDoneOn, "day", 1);
    const reason = lastDoneOn === null ? "first" : "routine";
    return { earliest: later(moved(due, contact.early, -1), floor), due, latest: moved(due, contact.late), reason };
  }
  for (const age of contact.at) {
    const due = moved(startedOn, age);
    const earliest = moved(due, contact.early, -1);
    if (lastDoneOn === null || lastDoneOn < earliest) {
      return { earliest, due, latest: moved(due, contact.late), reason: "milestone" };
    }
  }
  return null;
}

/** Once in a calendar year. @param {string} startedOn @param {string | null} lastDoneOn @returns {Due} */
function yearly(startedOn, lastDoneOn) {
  if (lastDoneOn === null) {
    const end = `${startedOn.slice(0, 4)}-12-31`;
    return { earliest: startedOn, due: end, latest: end, reason: "yearly" };
  }
  const lastYear = Number(lastDoneOn.slice(0, 4));
  const year = Math.max(lastYear + 1, Number(startedOn.slice(0, 4)));
  const [first, last] = [`${year}-01-01`, `${year}-12-31`];
  const anniversary = days.add(lastDoneOn, "year", year - lastYear);
  return { earliest: later(first, startedOn), due: later(anniversary, startedOn), latest: last, reason: "yearly" };
}
