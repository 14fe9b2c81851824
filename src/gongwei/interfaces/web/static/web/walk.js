// @ts-check
/**
 * The keyboard on the page of a contact: Enter goes to the next box that must be answered, a digit chooses and goes on,
 * F9 or Ctrl+Enter saves, F2 switches between needed boxes and all boxes.
 */

/** @param {HTMLElement} item where the cursor goes in an item */
function firstBox(item) {
  const boxes = /** @type {HTMLInputElement[]} */ ([...item.querySelectorAll("input:not([type=hidden]), select, textarea")]);
  return boxes.find((box) => box.type === "radio" && box.checked && !box.disabled) ?? boxes.find((box) => !box.disabled) ?? null;
}

/**
 * @param {HTMLFormElement} form
 * @param {{missing: () => Set<string>, now: () => void}} state `missing`: boxes that must be answered; `now` judges at once
 */
export function begin(form, state) {
  let all = false;
  const save = /** @type {HTMLButtonElement} */ (form.querySelector("[data-save]"));
  const items = () => /** @type {HTMLElement[]} */ ([...form.querySelectorAll("[data-item]")]).filter((item) => !item.hidden && item.closest("[hidden]") === null);
  const needed = (/** @type {HTMLElement} */ item) => (all ? !item.hasAttribute("data-computed") : state.missing().has(item.dataset.item ?? ""));

  /** @param {HTMLElement | null} item */
  function focus(item) {
    const box = item && firstBox(item);
    if (!box) return false;
    box.focus();
    if (box instanceof HTMLInputElement && box.type === "text") box.select();
    item?.scrollIntoView({ block: "nearest" });
    return true;
  }

  /** From one item to the next one needed, round to the first, then to the button. @param {HTMLElement | null} from */
  function next(from) {
    state.now();
    const list = items();
    const place = from ? list.indexOf(from) : -1;
    const round = all ? list.slice(place + 1) : [...list.slice(place + 1), ...list.slice(0, Math.max(place, 0))];
    const found = round.find((item) => item !== from && needed(item));
    if (!found || !focus(found)) save.focus();
  }

  form.addEventListener("keydown", (event) => {
    const box = /** @type {HTMLElement} */ (event.target);
    if (event.key === "F9" || (event.key === "Enter" && event.ctrlKey)) {
      event.preventDefault();
      form.requestSubmit(save);
      return;
    }
    if (event.key === "F2") {
      event.preventDefault();
      all = !all;
      const name = form.querySelector("[data-walk-name]");
      if (name) name.textContent = all ? "走全部项目" : "只走必填项";
      return;
    }
    const item = /** @type {HTMLElement | null} */ (box.closest("[data-item]"));
    if (!item || event.altKey || event.metaKey || event.ctrlKey || event.isComposing) return;
    const writes = box instanceof HTMLTextAreaElement || box instanceof HTMLButtonElement || box instanceof HTMLAnchorElement;
    if (event.key === "Enter" && !writes) {
      event.preventDefault();
      const rows = box.closest("[data-rows]");
      if (rows && inTable(rows, box)) return;
      next(item);
    } else if (event.key === "Tab" && !event.shiftKey && !all && needs(item)) {
      event.preventDefault();
      next(item);
    } else if (/^[0-9]$/.test(event.key) && box.matches(".gw-option input")) {
      choose(event, item, /** @type {HTMLInputElement} */ (box));
    }
  });

  /** Whether Tab goes the short way: as long as something needed is left elsewhere. @param {HTMLElement} item */
  const needs = (item) => {
    state.now();
    return items().some((each) => each !== item && needed(each));
  };

  /** To the next cell of a small table; false at its end. @param {Element} rows @param {HTMLElement} box */
  function inTable(rows, box) {
    const cells = /** @type {HTMLElement[]} */ ([...rows.querySelectorAll("input, select")]);
    const after = cells[cells.indexOf(box) + 1];
    const row = box.closest("tr");
    const blank = row && [.../** @type {NodeListOf<HTMLInputElement>} */ (row.querySelectorAll("input, select"))].every((each) => each.value === "");
    if (!after || blank) return false;
    after.focus();
    return true;
  }

  /** @param {KeyboardEvent} event @param {HTMLElement} item @param {HTMLInputElement} box */
  function choose(event, item, box) {
    const group = box.closest(".gw-options");
    const option = (/** @type {string} */ code) => /** @type {HTMLInputElement | null} */ (group?.querySelector(`input[value="${code}"]`));
    const wanted = option(event.key) ?? option(event.key === "0" ? "10" : `0${event.key}`);
    event.preventDefault();
    event.stopPropagation();
    if (!wanted || wanted.disabled) return;
    wanted.focus();
    wanted.checked = wanted.type === "checkbox" ? !wanted.checked : true;
    wanted.dispatchEvent(new Event("change", { bubbles: true }));
    const alone = (group?.getAttribute("data-exclusive") ?? "").split(" ");
    if (wanted.type === "radio" || (wanted.checked && alone.includes(wanted.value))) next(item);
  }

  return {
    /** Begin at the first measurement that is needed, else at the first needed box. */
    start() {
      const hint = /** @type {HTMLElement | null} */ (form.querySelector("[data-keys]"));
      if (hint) hint.hidden = false;
      if (document.querySelector("[data-error-summary]")) return;
      // Half a page from before is offered above: it must be seen before a new one is begun.
      const before = /** @type {HTMLElement | null} */ (document.querySelector("[data-draft-waiting] a"));
      if (before) {
        before.focus();
        return;
      }
      const wanted = items().filter(needed);
      focus(wanted.find((item) => item.dataset.kind === "quantity") ?? wanted[0] ?? null) || save.focus();
    },
    /** The first of these boxes on the page. @param {Set<string>} boxes */
    firstOf: (boxes) => items().find((item) => boxes.has(item.dataset.item ?? "")) ?? null,
    /** Say which boxes are still empty, and go to one. @param {Set<string>} missing @param {HTMLElement} where */
    complain(missing, where) {
      for (const item of items().filter((each) => missing.has(each.dataset.item ?? ""))) {
        if (item.querySelector(".gw-wrong")) continue;
        const words = document.createElement("div");
        words.className = "gw-wrong";
        words.setAttribute("role", "status");
        words.textContent = "还没有填写";
        item.querySelector(".gw-answer")?.append(words);
        item.dataset.said = "missing";
      }
      focus(where);
    },
    /** @param {string | undefined} box */
    to(box) {
      focus(items().find((item) => item.dataset.item === box) ?? null);
    },
  };
}
