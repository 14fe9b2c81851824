// @ts-check
/** 建立档案: an ID number fills in birth date and sex; what may be a second record of somebody shows while typing. */
const form = /** @type {HTMLFormElement | null} */ (document.querySelector("form[data-registration]"));

if (form) {
  const box = (/** @type {string} */ name) => /** @type {HTMLInputElement} */ (form.elements.namedItem(name));
  const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
  const hint = form.querySelector("[data-id-hint]");
  const say = (/** @type {string} */ text, /** @type {boolean} */ wrong) => {
    if (!hint) return;
    hint.textContent = text;
    hint.classList.toggle("text-danger", wrong);
  };
  /** GB 11643-1999; the server checks again. */
  const read = () => {
    const number = box("id_number").value.normalize("NFKC").replace(/\s/g, "").toUpperCase();
    if (box("id_type").value !== "01" || number === "") return say("", false);
    if (!/^\d{17}[\dX]$/.test(number)) return say(number.length >= 18 ? "身份证号码应为18位数字，末位可为X。" : "", true);
    const sum = WEIGHTS.reduce((total, weight, index) => total + weight * Number(number[index]), 0);
    if ("10X98765432"[sum % 11] !== number[17]) return say("校验位不对，请核对号码。", true);
    const day = `${number.slice(6, 10)}-${number.slice(10, 12)}-${number.slice(12, 14)}`;
    const real = new Date(`${day}T00:00:00Z`);
    if (Number.isNaN(real.getTime()) || real.toISOString().slice(0, 10) !== day) return say("号码中的出生日期不存在。", true);
    box("id_number").value = number;
    box("birth_date").value = day;
    const sex = /** @type {HTMLInputElement | null} */ (form.querySelector(`[name=sex][value="${Number(number[16]) % 2 === 1 ? 1 : 2}"]`));
    if (sex) sex.checked = true;
    say("号码有效，出生日期和性别已填好。", false);
  };
  box("id_number").addEventListener("input", read);
  box("id_type").addEventListener("change", read);
}

// The questionnaire is there only while it is to be filled.
const withForm = /** @type {HTMLInputElement | null} */ (document.querySelector("form[data-registration] [name=with_form]"));
const basic = /** @type {HTMLElement | null} */ (document.querySelector("[data-basic]"));
if (withForm && basic) {
  const show = () => {
    basic.hidden = !withForm.checked;
  };
  withForm.addEventListener("change", show);
  show();
}
