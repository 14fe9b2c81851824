// @ts-check
/**
 * Days as ISO text ("2025-03-10"), which sorts as time does. Own arithmetic: `Date` brings time zones into what has
 * none. Mirrors `gongwei.language.intervals`: months are clipped to the month's end, completed units are its inverse.
 *
 * @typedef {"day" | "week" | "month" | "quarter" | "year"} Unit
 */

/** @type {Record<string, number>} */
const MONTHS_IN = { month: 1, quarter: 3, year: 12 };
/** @type {Record<string, number>} */
const DAYS_IN = { day: 1, week: 7 };

/** @param {string} day @returns {[number, number, number]} */
function parts(day) {
  return [Number(day.slice(0, 4)), Number(day.slice(5, 7)), Number(day.slice(8, 10))];
}

/** @param {number} year @param {number} month @param {number} day */
function iso(year, month, day) {
  return [String(year).padStart(4, "0"), String(month).padStart(2, "0"), String(day).padStart(2, "0")].join("-");
}

/** @param {number} year @param {number} month */
function lengthOf(year, month) {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

/** Days since 1970-01-01 in the proleptic Gregorian calendar. @param {string} day @returns {number} */
export function ordinal(day) {
  const [year, month, date] = parts(day);
  const shifted = month <= 2 ? year - 1 : year; // the year begins in March, so that the leap day is its last
  const era = Math.floor(shifted / 400);
  const ofEra = shifted - era * 400;
  const ofYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + date - 1;
  return era * 146097 + ofEra * 365 + Math.floor(ofEra / 4) - Math.floor(ofEra / 100) + ofYear - 719468;
}

/** The contrary of `ordinal`. @param {number} count @returns {string} */
function fromOrdinal(count) {
  const shifted = count + 719468;
  const era = Math.floor(shifted / 146097);
  const ofEra = shifted - era * 146097;
  const year = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36524) - Math.floor(ofEra / 146096)) / 365,
  );
  const ofYear = ofEra - (365 * year + Math.floor(year / 4) - Math.floor(year / 100));
  const index = Math.floor((5 * ofYear + 2) / 153);
  const month = index < 10 ? index + 3 : index - 9;
  return iso(year + era * 400 + (month <= 2 ? 1 : 0), month, ofYear - Math.floor((153 * index + 2) / 5) + 1);
}

/** `start` and so many units; negative goes back. @param {string} start @param {Unit} unit @param {number} amount */
export function add(start, unit, amount) {
  if (unit in DAYS_IN) return fromOrdinal(ordinal(start) + amount * DAYS_IN[unit]);
  const [year, month, day] = parts(start);
  const index = year * 12 + month - 1 + amount * MONTHS_IN[unit];
  const toYear = Math.floor(index / 12);
  const toMonth = index - toYear * 12 + 1;
  return iso(toYear, toMonth, Math.min(day, lengthOf(toYear, toMonth)));
}

/** Completed units from start to end, negative when the end lies before. @param {Unit} unit @param {string} start
 * @param {string} end @returns {number} */
export function completed(unit, start, end) {
  if (end < start) return -completed(unit, end, start) || 0; // never -0
  if (unit in DAYS_IN) return Math.floor((ordinal(end) - ordinal(start)) / DAYS_IN[unit]);
  const [startYear, startMonth] = parts(start);
  const [endYear, endMonth] = parts(end);
  const count = Math.floor(((endYear - startYear) * 12 + endMonth - startMonth) / MONTHS_IN[unit]);
  return add(start, unit, count) <= end ? count : count - 1;
}

/** The same for all days of one calendar day, month, quarter or year. @param {string} day @param {Unit} unit */
export function unitKey(day, unit) {
  if (unit === "day") return day;
  const [year, month] = parts(day);
  return unit === "year" ? year : year * 12 + Math.floor((month - 1) / MONTHS_IN[unit]) * MONTHS_IN[unit];
}

/** The first day of the calendar month, quarter or year a day lies in. @param {string} day @param {Unit} unit */
export function unitStart(day, unit) {
  const [year, month] = parts(day);
  if (unit === "day") return day;
  return iso(year, unit === "year" ? 1 : Math.floor((month - 1) / MONTHS_IN[unit]) * MONTHS_IN[unit] + 1, 1);
}
