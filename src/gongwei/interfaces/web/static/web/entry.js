// @ts-check
/**
 * The page of a contact: judges while typing by the forms' own rules (the phone's engine), fills in what is computed or
 * proposed, asks before saving what looks doubtful. Without this script the server does the same when the form is sent.
 */
import { isMissing } from "../../modules/engines/contexts.js";
import { askedFields, classify, computedAnswers, problems } from "../../modules/engines/judging.js";
import { answer, put } from "./answers.js";
import { begin } from "./walk.js";

/** @typedef {{code: string, rules: string, elsewhere: Record<string, [string, string]>, history: any[]}} Sheet */

const NEXT_DUE = "next_due_on";
const GRADES = { good: /满意，按期|按期/, urgent: /紧急|危急/ };

/** @param {HTMLFormElement} form */
async function open(form) {
  const data = JSON.parse(document.getElementById("gw-entry")?.textContent ?? "{}");
  /** @type {Sheet[]} */
  const sheets = data.sheets;
  const rules = await Promise.all(sheets.map(async (sheet) => (await fetch(sheet.rules)).json()));
  /** Boxes somebody has typed in; only they are told off at once. @type {Set<string>} */
  const touched = new Set();
  /** Boxes that hold what the rules propose. @type {Map<string, string>} */
  const proposed = new Map();

  /** The box a field of a sheet is asked in. @param {Sheet} sheet @param {string} name */
  const boxName = (sheet, name) => {
    const [code, field] = sheet.elsewhere[name] ?? [sheet.code, name];
    return `${code}-${field}`;
  };
  /** @param {string} box */
  const itemOf = (box) => /** @type {HTMLElement | null} */ (form.querySelector(`[data-item="${box}"]`));

  for (const [place, sheet] of sheets.entries()) {
    for (const field of rules[place].form.fields) {
      const item = itemOf(`${sheet.code}-${field.name}`);
      if (item && field.computed !== null) item.dataset.computed = "";
    }
  }

  /** @param {number} place */
  function judge(place) {
    const sheet = sheets[place];
    const rule = rules[place];
    /** @type {Record<string, any>} */
    const answers = {};
    for (const field of rule.form.fields) {
      const value = answer(form, boxName(sheet, field.name), field.type, field);
      if (!isMissing(value)) answers[field.name] = value;
    }
    const entry = { id: "~", doneOn: answers.done_on ?? data.today, enteredOn: data.today, answers };
    const subject = {
      attributes: data.attributes,
      episodes: data.episodes,
      parameters: rule.parameters,
      records: { [sheet.code]: sheet.history },
    };
    for (const [name, value] of Object.entries(computedAnswers(rule.form, entry, subject))) {
      propose(sheet, name, value, answers);
    }
    let outcome = null;
    if (rule.table) {
      outcome = classify(rule.table, entry, subject, rule.contact);
      for (const row of rule.table.rows) {
        for (const name of Object.keys(row.proposes)) {
          if (!(name in outcome.proposes)) propose(sheet, name, null, answers);
        }
      }
      for (const [name, value] of Object.entries(outcome.proposes)) propose(sheet, name, value, answers);
      if (rule.form.fields.some((/** @type {any} */ field) => field.name === NEXT_DUE)) {
        propose(sheet, NEXT_DUE, outcome.nextDue?.due ?? null, answers);
      }
    }
    const asked = new Set(askedFields(rule.form, entry, subject));
    for (const field of rule.form.fields) {
      if (field.asked === null || sheet.elsewhere[field.name]) continue;
      const item = itemOf(`${sheet.code}-${field.name}`);
      if (!item) continue;
      item.hidden = !asked.has(field.name);
      // What is not asked is not sent.
      for (const box of /** @type {NodeListOf<HTMLInputElement>} */ (item.querySelectorAll("input, select, textarea"))) box.disabled = item.hidden;
    }
    return { outcome, found: problems(rule.form, entry, subject, rule.checks) };
  }

  /**
   * Fill in what the rules say, where nobody has said otherwise.
   * @param {Sheet} sheet @param {string} name @param {any} value @param {Record<string, any>} answers
   */
  function propose(sheet, name, value, answers) {
    if (sheet.elsewhere[name]) return;
    const box = boxName(sheet, name);
    const held = answers[name];
    if (touched.has(box) || (!isMissing(held) && proposed.get(box) !== held)) return;
    const text = value === null || value === undefined ? null : String(value);
    if (text === null && !proposed.has(box)) return;
    put(form, box, text);
    if (text === null) {
      proposed.delete(box);
      delete answers[name];
    } else {
      proposed.set(box, text);
      answers[name] = value;
    }
    const item = itemOf(box);
    const label = item?.querySelector(".form-label");
    let mark = item?.querySelector(".gw-proposed");
    if (text === null) mark?.remove();
    else if (!mark && label) {
      mark = document.createElement("small");
      mark.className = "gw-proposed";
      mark.textContent = item?.hasAttribute("data-computed") ? "（自动计算）" : "（按规则得出，可改）";
      label.append(mark);
    }
  }

  /** What is wrong or doubtful, and what is still missing. */
  const state = {
    /** @type {{box: string, key: string, message: string}[]} */ doubts: [],
    /** @type {Set<string>} */ missing: new Set(),
    /** @type {Set<string>} */ blocked: new Set(),
    /** Somebody tried to save. */ tried: false,
  };

  function show() {
    state.doubts = [];
    state.missing = new Set();
    state.blocked = new Set();
    /** @type {Map<string, {text: string, severity: string}[]>} */
    const said = new Map();
    const verdicts = [];
    for (const [place, sheet] of sheets.entries()) {
      if (!taken(sheet)) continue;
      const { outcome, found } = judge(place);
      for (const problem of found) {
        const field = problem.within || problem.field;
        const box = boxName(sheet, field);
        if (problem.rule === "required" && problem.row === null) {
          state.missing.add(box);
          continue;
        }
        if (problem.severity === "block") state.blocked.add(box);
        if (problem.severity === "ask") {
          state.doubts.push({ box, key: `${sheet.code} ${field} ${problem.rule}`, message: problem.message });
        }
        const lines = said.get(box) ?? [];
        if (!lines.some((line) => line.text === problem.message)) lines.push({ text: problem.message, severity: problem.severity });
        said.set(box, lines);
      }
      if (outcome) verdicts.push(verdict(sheet, outcome));
    }
    const bar = form.querySelector("[data-verdict]");
    const words = verdicts.filter(Boolean).join("；");
    if (bar && bar.textContent !== words) bar.textContent = words;
    for (const item of /** @type {NodeListOf<HTMLElement>} */ (form.querySelectorAll("[data-item]"))) {
      say(item, said.get(item.dataset.item ?? "") ?? []);
    }
    count();
  }

  /** @param {HTMLElement} item @param {{text: string, severity: string}[]} lines */
  function say(item, lines) {
    const box = item.dataset.item ?? "";
    // Nobody is told off for what was not begun; trying to save begins everything.
    lines = lines.filter((line) => line.severity !== "block" || touched.has(box) || state.tried);
    const text = lines.map((line) => line.severity + line.text).join("\n");
    if (item.dataset.said === text || (!item.dataset.said && text === "")) return;
    item.dataset.said = text;
    // What the server said of an earlier attempt is out of date now.
    for (const old of item.querySelectorAll(".gw-doubt, .gw-wrong, .invalid-feedback")) old.remove();
    item.classList.toggle("gw-item-wrong", lines.some((line) => line.severity === "block"));
    item.classList.toggle("gw-item-doubtful", lines.some((line) => line.severity !== "block"));
    for (const line of lines) {
      const words = document.createElement("div");
      words.className = line.severity === "block" ? "gw-wrong" : "gw-doubt";
      words.setAttribute("role", "status");
      words.textContent = line.text;
      item.querySelector(".gw-answer")?.append(words);
    }
  }

  /** @param {Sheet} sheet @param {any} outcome */
  function verdict(sheet, outcome) {
    const known = outcome.row !== "cannot_classify";
    const card = /** @type {HTMLElement | null} */ (form.querySelector(`[data-judgement="${sheet.code}"]`));
    const claimed = /** @type {HTMLInputElement | null} */ (form.querySelector(`[name="${sheet.code}-claimed"]`));
    if (claimed) claimed.value = outcome.row;
    const due = outcome.nextDue ? `下次随访 ${outcome.nextDue.due}` : "";
    if (card) {
      card.hidden = !known;
      card.dataset.grade = GRADES.urgent.test(outcome.label) ? "urgent" : GRADES.good.test(outcome.label) ? "good" : "watch";
      /** @type {HTMLElement} */ (card.querySelector("[data-label]")).textContent = outcome.label;
      /** @type {HTMLElement} */ (card.querySelector("[data-due]")).textContent = due && `${due}（最迟 ${outcome.nextDue.latest}）`;
      const list = /** @type {HTMLElement} */ (card.querySelector("[data-advice]"));
      list.replaceChildren(...outcome.advice.map((/** @type {any} */ each) => {
        const line = document.createElement("li");
        line.textContent = each.text;
        return line;
      }));
    }
    return known ? [outcome.label, due].filter(Boolean).join("，") : "";
  }

  /** How many needed boxes each part still misses. */
  function count() {
    for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (form.querySelectorAll("[data-jump]"))) {
      const part = document.getElementById(link.hash.slice(1));
      const left = [...state.missing].filter((box) => part?.querySelector(`[data-item="${box}"]:not([hidden])`)).length;
      /** @type {HTMLElement} */ (link.querySelector("[data-left]")).textContent = left ? `缺 ${left} 项` : "";
    }
  }

  /** Whether the form is filled in this contact. @param {Sheet} sheet */
  const taken = (sheet) => /** @type {HTMLInputElement | null} */ (form.querySelector(`[data-take][value="${sheet.code}"]`))?.checked ?? true;
  for (const box of /** @type {NodeListOf<HTMLInputElement>} */ (form.querySelectorAll("[data-take]"))) {
    box.addEventListener("change", () => {
      const body = /** @type {HTMLElement} */ (box.closest("[data-sheet]")?.querySelector("[data-body]"));
      const card = /** @type {HTMLElement | null} */ (form.querySelector(`[data-judgement="${box.value}"]`));
      body.hidden = !box.checked;
      if (card) card.hidden = true;
      for (const each of /** @type {NodeListOf<HTMLInputElement>} */ (body.querySelectorAll("input, select, textarea"))) each.disabled = !box.checked;
    });
  }

  let waiting = 0;
  const later = () => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(show);
  };
  for (const kind of ["input", "change"]) {
    form.addEventListener(kind, (event) => {
      const item = /** @type {HTMLElement} */ (event.target).closest("[data-item]");
      const box = item?.getAttribute("data-item");
      if (item && box) touch(/** @type {HTMLElement} */ (item), box);
      later();
    });
  }

  /** Somebody answers: no longer what was carried over, no longer what the rules propose. @param {HTMLElement} item @param {string} box */
  function touch(item, box) {
    item.querySelector("[data-carried]")?.remove();
    const boxes = /** @type {HTMLInputElement[]} */ ([...item.querySelectorAll("input, select, textarea")]);
    const empty = boxes.every((each) => (each.type === "radio" || each.type === "checkbox" ? !each.checked : each.value.trim() === ""));
    item.querySelector(".gw-proposed")?.remove();
    proposed.delete(box);
    // Emptied: the rules may speak again.
    if (empty) touched.delete(box);
    else touched.add(box);
  }

  const walk = begin(form, { missing: () => state.missing, now: show });
  confirming(form, state, show, walk);
  show();
  walk.start();
  form.dataset.ready = "1";
}

/**
 * Ask once about everything doubtful, before it is sent.
 * @param {HTMLFormElement} form @param {any} state @param {() => void} show @param {any} walk
 */
function confirming(form, state, show, walk) {
  const panel = /** @type {HTMLElement} */ (form.querySelector("[data-confirm]"));
  const yes = /** @type {HTMLButtonElement} */ (panel.querySelector("[data-confirm-yes]"));
  const no = /** @type {HTMLButtonElement} */ (panel.querySelector("[data-confirm-no]"));
  const list = /** @type {HTMLElement} */ (panel.querySelector("[data-confirm-list]"));
  let confirmed = false;
  form.addEventListener("submit", (event) => {
    if (confirmed || /** @type {any} */ (event).submitter?.name === "confirmed") return;
    state.tried = true;
    show();
    // What is missing or refused the server says too; the first such box is where the person should be.
    const bad = walk.firstOf(state.blocked) ?? walk.firstOf(state.missing);
    if (bad) {
      event.preventDefault();
      event.stopImmediatePropagation();
      walk.complain(state.missing, bad);
      return;
    }
    if (state.doubts.length === 0) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const seen = new Set();
    list.replaceChildren(...state.doubts.filter((/** @type {any} */ each) => !seen.has(each.message) && seen.add(each.message)).map((/** @type {any} */ each) => {
      const line = document.createElement("li");
      line.textContent = each.message;
      return line;
    }));
    panel.hidden = false;
    yes.focus();
  }, true);
  const close = () => {
    panel.hidden = true;
    walk.to(state.doubts[0]?.box);
  };
  no.addEventListener("click", close);
  panel.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
    event.stopPropagation();
  });
  yes.addEventListener("click", () => {
    for (const doubt of state.doubts) hidden(form, "asked", doubt.key);
    hidden(form, "confirmed", "1");
    confirmed = true;
    form.requestSubmit();
  });
}

/** @param {HTMLFormElement} form @param {string} name @param {string} value */
function hidden(form, name, value) {
  const box = document.createElement("input");
  box.type = "hidden";
  box.name = name;
  box.value = value;
  form.append(box);
}

for (const form of /** @type {NodeListOf<HTMLFormElement>} */ (document.querySelectorAll("form[data-entry]"))) open(form);
