// @ts-check
/** What every page does: search by keyboard, one press one sending, dates typed as eight digits, unsaved-work warning. */
import "./search.js";
import "./conditions.js";
import "./registration.js";
import "./charts.js";
import "./next.js";

/** Full-width characters as half-width ones. @param {string} text */
const narrow = (text) => text.normalize("NFKC").trim();

document.addEventListener("change", (event) => {
  const box = /** @type {HTMLInputElement} */ (event.target);
  if (box.matches("[data-send-on-change]")) box.form?.requestSubmit();
  if (box.matches("[data-check-all]")) {
    for (const other of /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll(`input[type=checkbox][name="${box.getAttribute("data-check-all")}"]`))) other.checked = box.checked;
  }
  if (box.matches("[data-date]")) {
    const digits = /^(\d{4})[-./年]?(\d{1,2})[-./月]?(\d{1,2})日?$/.exec(narrow(box.value));
    if (digits && (narrow(box.value).length !== 6)) box.value = `${digits[1]}-${digits[2].padStart(2, "0")}-${digits[3].padStart(2, "0")}`;
  }
  const group = box.closest("[data-exclusive]");
  if (group && box.checked) {
    const alone = (group.getAttribute("data-exclusive") ?? "").split(" ");
    for (const other of /** @type {NodeListOf<HTMLInputElement>} */ (group.querySelectorAll("input:checked"))) {
      if (other !== box && (alone.includes(box.value) || alone.includes(other.value))) other.checked = false;
    }
  }
}, true); // before the form's own listeners, so that conditions see what is left

// The number printed before an option chooses it, as on the paper form.
document.addEventListener("keydown", (event) => {
  const box = /** @type {HTMLInputElement} */ (event.target);
  if (event.ctrlKey || event.altKey || event.metaKey || !/^[0-9]$/.test(event.key)) return;
  if (!(box instanceof HTMLInputElement) || !box.matches(".gw-option input")) return;
  const group = box.closest(".gw-options");
  const wanted = /** @type {HTMLInputElement | null} */ (group?.querySelector(`input[value="${event.key}"]`));
  if (!wanted) return;
  event.preventDefault();
  wanted.focus();
  wanted.checked = wanted.type === "checkbox" ? !wanted.checked : true;
  wanted.dispatchEvent(new Event("change", { bubbles: true }));
});

// A second press does nothing while the first is under way; the server would answer it with the first result anyway.
document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.sending) {
    event.preventDefault();
    return;
  }
  form.dataset.sending = "1";
  unsaved.delete(form);
  for (const button of form.querySelectorAll("button[data-busy]")) button.textContent = button.getAttribute("data-busy");
});
window.addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sending;
});

/** Forms with typing that was not sent. @type {Set<HTMLFormElement>} */
const unsaved = new Set();
document.addEventListener("input", (event) => {
  const form = /** @type {HTMLInputElement} */ (event.target).form;
  if (form?.matches("[data-warn-unsaved]")) unsaved.add(form);
});
window.addEventListener("beforeunload", (event) => {
  if (unsaved.size > 0) event.preventDefault();
});

for (const table of document.querySelectorAll("[data-rows]")) {
  const button = /** @type {HTMLButtonElement | null} */ (table.querySelector("[data-add-row]"));
  const body = table.querySelector("tbody");
  if (!button || !body) continue;
  button.hidden = false;
  button.addEventListener("click", () => {
    const count = body.rows.length;
    if (count >= Number(table.getAttribute("data-rows"))) return;
    const row = /** @type {HTMLTableRowElement} */ (body.rows[count - 1].cloneNode(true));
    for (const box of /** @type {NodeListOf<HTMLInputElement>} */ (row.querySelectorAll("input, select"))) {
      box.name = box.name.replace(/-\d+-([^-]+)$/, `-${count}-$1`);
      box.value = "";
    }
    body.append(row);
    /** @type {HTMLElement | null} */ (row.querySelector("input, select"))?.focus();
  });
}

/** @type {HTMLElement | null} */ (document.querySelector("[data-error-summary]"))?.focus();
document.body.addEventListener("htmx:configRequest", (event) => {
  const token = /** @type {HTMLInputElement | null} */ (document.querySelector("[name=csrfmiddlewaretoken]"))?.value;
  if (token) /** @type {CustomEvent} */ (event).detail.headers["X-CSRFToken"] = token;
});
document.documentElement.dataset.ready = "1";
