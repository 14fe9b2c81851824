// @ts-check
/**
 * Nodes about one subject in one period (`gongwei.language.periods`), for `evaluate.js`.
 *
 * @typedef {import("./contexts.js").Entry} Entry
 * @typedef {import("./contexts.js").PeriodContext} PeriodContext
 */

import { isBefore, recordContext } from "./contexts.js";
import * as days from "./days.js";
import * as exact from "./exact.js";

/** @param {string} a @param {string} b */
const later = (a, b) => (a < b ? b : a);
/** @param {string} a @param {string} b */
const earlier = (a, b) => (a < b ? a : b);
/** @param {any} span @param {string} first @param {string} last whether an episode touches these days */
const touches = ([start, end], first, last) => start <= last && (end === null || end >= first);

/** @param {PeriodContext} context @param {string} episode @returns {[string, string][]} its days within the period */
function spans(context, episode) {
  return (context.episodes[episode] ?? [])
    .filter((span) => touches(span, context.first, context.last))
    .map(([start, end]) => [later(start, context.first), end === null ? context.last : earlier(end, context.last)]);
}

/**
 * The operators, given the function that evaluates a node.
 * @param {(node: any, context: any) => any} evaluate
 * @returns {Record<string, (operands: any[], context: any) => any>}
 */
export function periodOperators(evaluate) {
  /**
   * Records of a form for which the condition is True, in order.
   * @param {PeriodContext} context @param {string} form @param {any} where @param {string} first @param {string} last
   * @returns {Entry[]}
   */
  function matching(context, form, where, first = context.first, last = context.last) {
    const all = context.records[form] ?? [];
    return all
      .filter((entry) => entry.doneOn >= first && entry.doneOn <= last)
      .filter((entry) => where === null || evaluate(where, recordContext(context, entry, all)) === true)
      .sort((a, b) => (isBefore(a, b) ? -1 : 1));
  }

  return {
    PeriodEdge: ([which], context) => context[which],
    FactValue([value, instead], context) {
      const found = evaluate(value, context);
      return found === null ? evaluate(instead, context) : found;
    },
    EpisodeOverlaps: ([episode], context) => spans(context, episode).length > 0,
    EpisodeActiveOn([episode, day], context) {
      const on = evaluate(day, context);
      if (on === null) return null;
      return (context.episodes[episode] ?? []).some((/** @type {any} */ span) => touches(span, on, on));
    },
    EpisodeUnits([episode, unit], context) {
      const found = spans(context, episode);
      let count = 0;
      let start = days.unitStart(context.first, unit);
      while (start <= context.last) {
        const next = days.add(start, unit, 1);
        if (found.some(([first, last]) => first < next && last >= start)) count += 1;
        start = next;
      }
      return exact.exact(count);
    },
    CountIn([form, where, unit], context) {
      const found = matching(context, form, where);
      if (unit === null) return exact.exact(found.length);
      return exact.exact(new Set(found.map((entry) => days.unitKey(entry.doneOn, unit))).size);
    },
    LatestIn([form, value, where, ever], context) {
      const found = matching(context, form, where, ever ? "" : context.first).pop();
      return found === undefined
        ? null
        : evaluate(value, recordContext(context, found, context.records[form]));
    },
    WidestGapIn([form, where, episode], context) {
      const found = matching(context, form, where).map((entry) => entry.doneOn);
      let widest = null;
      for (const [first, last] of spans(context, episode)) {
        const stops = [first, ...found.filter((day) => day >= first && day <= last), last];
        for (let i = 1; i < stops.length; i += 1) {
          widest = Math.max(widest ?? 0, days.ordinal(stops[i]) - days.ordinal(stops[i - 1]));
        }
      }
      return widest === null ? null : exact.exact(widest);
    },
    UnansweredIn([form, where, answerForm, answer, within], context) {
      const limit = evaluate(within, context);
      if (limit === null) return exact.exact(0);
      let count = 0;
      for (const call of matching(context, form, where)) {
        const deadline = days.add(call.doneOn, "day", Math.trunc(Number(exact.text(limit))));
        if (deadline > context.last) continue; // its days have not run out, or it is answered: not counted either way
        const answers = matching(context, answerForm, answer, days.add(call.doneOn, "day", 1), deadline);
        if (answers.length === 0) count += 1;
      }
      return exact.exact(count);
    },
  };
}
