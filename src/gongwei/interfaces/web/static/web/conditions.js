// @ts-check
/**
 * Shows a question only when it is asked: the form's own conditions, run by the phone's engine. Without this script
 * every question stands there, and the server says which need no answer.
 */
import { evaluate } from "../../modules/engines/evaluate.js";

/** @param {HTMLFormElement} form @param {string} name @param {string} kind */
function answer(form, name, kind) {
  const boxes = /** @type {HTMLInputElement[]} */ ([...form.querySelectorAll(`[name="${name}"]`)]);
  if (kind === "codes") return boxes.filter((box) => box.checked).map((box) => box.value);
  if (boxes.length > 0 && boxes[0].type === "radio") {
    const chosen = boxes.find((box) => box.checked)?.value ?? null;
    return kind === "truth" && chosen !== null ? chosen === "1" : chosen;
  }
  const text = boxes[0]?.value.normalize("NFKC").trim() ?? "";
  if (kind === "number") return /^-?\d+(\.\d+)?$/.test(text) ? text : null;
  if (kind === "date") return /^\d{4}-\d{2}-\d{2}$/.test(text) ? text : null;
  return text === "" ? null : text;
}

/** @param {HTMLFormElement} form @param {any} script */
function show(form, script) {
  const prefix = script.prefix ? `${script.prefix}-` : "";
  /** @type {Record<string, any>} */
  const answers = {};
  for (const [name, field] of Object.entries(script.fields)) {
    if (field.kind !== "rows") answers[name] = answer(form, prefix + name, field.kind);
  }
  const context = { id: "", doneOn: answers.done_on ?? "", enteredOn: null, answers, attributes: {}, episodes: {}, parameters: {}, history: [] };
  for (const [name, field] of Object.entries(script.fields)) {
    if (!field.asked) continue;
    const item = /** @type {HTMLElement | null} */ (form.querySelector(`[data-item="${prefix + name}"]`));
    if (!item) continue;
    item.hidden = evaluate(field.asked, context) !== true;
    // What is not asked is not sent.
    for (const box of /** @type {NodeListOf<HTMLInputElement>} */ (item.querySelectorAll("input, select, textarea"))) box.disabled = item.hidden;
  }
}

for (const data of document.querySelectorAll("script[data-questionnaire]")) {
  const form = data.closest("form");
  if (!form) continue;
  const script = JSON.parse(data.textContent ?? "{}");
  form.addEventListener("change", () => show(form, script));
  show(form, script);
}
