// @ts-check
/**
 * What a condition is judged against: one record, or one subject in one period. Mirrors the contexts of
 * `gongwei.engines.row`.
 *
 * @typedef {Record<string, any>} Answers as JSON: numbers may be texts
 * @typedef {{id: string, doneOn: string, enteredOn?: string | null, answers: Answers}} Entry one record of a form
 * @typedef {{attributes: Answers, episodes: Record<string, [string, string | null][]>,
 *   parameters: Record<string, [string, any][]>}} Subject parameters: [since, value], any order
 * @typedef {Entry & Subject & {history: Entry[]}} RecordContext history: other records of the same form, any order
 * @typedef {Subject & {first: string, last: string, records: Record<string, Entry[]>}} PeriodContext
 */

/** No answer: null, empty text, no option, no row. @param {any} value */
export function isMissing(value) {
  return value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0);
}

/** (done_on, id) is a total order. @param {Entry} a @param {Entry} b */
export function isBefore(a, b) {
  return a.doneOn < b.doneOn || (a.doneOn === b.doneOn && a.id < b.id);
}

/**
 * The context of one record of the subject.
 * @param {Subject} subject @param {Entry} entry @param {Entry[]} history @returns {RecordContext}
 */
export function recordContext(subject, entry, history) {
  const { attributes, episodes, parameters } = subject;
  return { ...entry, attributes, episodes, parameters, history };
}

/**
 * The parameter's value in force on the record's day, in a period on its last day; null when there is none.
 * @throws {TypeError} on a parameter the phone was not given
 * @param {any} context a RecordContext or a PeriodContext @param {string} code @returns {any}
 */
export function parameter(context, code) {
  const day = context.doneOn ?? context.last;
  if (!Object.hasOwn(context.parameters, code)) throw new TypeError(`unknown parameter: ${code}`);
  let found = null;
  for (const entry of context.parameters[code]) {
    if (entry[0] <= day && (found === null || found[0] <= entry[0])) found = entry;
  }
  return found === null ? null : found[1];
}
