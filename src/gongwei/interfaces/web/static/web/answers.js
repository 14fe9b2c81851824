// @ts-check
/** Reads the boxes of a form as the engine's answers: full-width digits as plain ones, numbers and days as texts. */

/** Full-width characters as half-width ones. @param {string} text */
const narrow = (text) => text.normalize("NFKC").trim();

/**
 * The answer in the boxes of a field as the engine reads it; null when there is none or it cannot be read.
 * @param {ParentNode} form @param {string} name of the boxes @param {string} type of the field, as `phone.field_json` writes it
 * @param {any} [field] for rows: the field with its columns
 */
export function answer(form, name, type, field) {
  if (type === "Rows") return rows(form, name, field);
  const boxes = /** @type {HTMLInputElement[]} */ ([...form.querySelectorAll(`[name="${name}"]`)]);
  if (type === "Choices") return boxes.filter((box) => box.checked).map((box) => box.value);
  if (boxes.length > 0 && boxes[0].type === "radio") {
    const chosen = boxes.find((box) => box.checked)?.value ?? null;
    return type === "YesNo" && chosen !== null ? chosen === "1" : chosen;
  }
  const text = narrow(boxes[0]?.value ?? "");
  if (text === "") return null;
  if (type === "Date") return day(text) ?? text;
  if (type === "Moment") return text.length === 16 ? `${text.replace(" ", "T")}+08:00` : text;
  return text;
}

/** A day typed in any usual spelling as ISO text, or null. @param {string} text */
export function day(text) {
  const found = /^(\d{4})(?:[-./年](\d{1,2})[-./月](\d{1,2})日?|(\d{2})(\d{2}))$/.exec(narrow(text).replaceAll(" ", ""));
  return found && `${found[1]}-${(found[2] ?? found[4]).padStart(2, "0")}-${(found[3] ?? found[5]).padStart(2, "0")}`;
}

/** @param {ParentNode} form @param {string} name @param {any} field */
function rows(form, name, field) {
  const found = [];
  for (let number = 0; number < field.atMost; number += 1) {
    /** @type {Record<string, any>} */
    const row = {};
    for (const column of field.row.fields) {
      const value = answer(form, `${name}-${number}-${column.name}`, column.type);
      if (value !== null) row[column.name] = value;
    }
    if (Object.keys(row).length > 0) found.push(row);
  }
  return found;
}

/**
 * Put an answer into its boxes; says whether anything changed.
 * @param {ParentNode} form @param {string} name @param {string | null} value
 */
export function put(form, name, value) {
  const boxes = /** @type {HTMLInputElement[]} */ ([...form.querySelectorAll(`[name="${name}"]`)]);
  if (boxes.length === 0) return false;
  if (boxes[0].type === "radio") {
    const before = boxes.find((box) => box.checked)?.value ?? null;
    for (const box of boxes) box.checked = box.value === value;
    return before !== value;
  }
  const before = boxes[0].value;
  boxes[0].value = value ?? "";
  return before !== boxes[0].value;
}
