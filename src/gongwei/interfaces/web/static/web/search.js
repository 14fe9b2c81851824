// @ts-check
/** The search box: `/` goes there, arrows choose, Enter opens, Escape closes. */
const box = /** @type {HTMLInputElement | null} */ (document.getElementById("gw-search"));
const hits = document.getElementById("gw-hits");

if (box && hits) {
  /** @returns {HTMLAnchorElement[]} */
  const lines = () => [...hits.querySelectorAll("a.gw-hit")].map((each) => /** @type {HTMLAnchorElement} */ (each));
  /** @param {number} index */
  const choose = (index) => {
    lines().forEach((line, number) => {
      line.setAttribute("aria-selected", String(number === index));
      if (number === index) {
        line.scrollIntoView({ block: "nearest" });
        box.setAttribute("aria-activedescendant", line.id);
      }
    });
  };
  const chosen = () => lines().findIndex((line) => line.getAttribute("aria-selected") === "true");
  const close = () => {
    hits.hidden = true;
    box.setAttribute("aria-expanded", "false");
    box.removeAttribute("aria-activedescendant");
  };
  hits.addEventListener("htmx:afterSwap", () => {
    hits.hidden = hits.childElementCount === 0;
    box.setAttribute("aria-expanded", String(!hits.hidden));
    choose(0);
  });
  box.addEventListener("keydown", (event) => {
    const count = lines().length;
    if (event.key === "Escape") {
      close();
    } else if (hits.hidden || count === 0) {
      return;
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      choose((chosen() + (event.key === "ArrowDown" ? 1 : count - 1)) % count);
    } else if (event.key === "Enter") {
      event.preventDefault();
      lines()[Math.max(chosen(), 0)].click();
    }
  });
  box.addEventListener("focus", () => {
    if (hits.childElementCount > 0) hits.hidden = false;
  });
  document.addEventListener("click", (event) => {
    if (!box.form?.contains(/** @type {Node} */ (event.target))) close();
  });
  document.addEventListener("keydown", (event) => {
    const at = /** @type {HTMLElement} */ (event.target);
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (at.matches("input:not([type=radio]):not([type=checkbox]), select, textarea")) return;
    event.preventDefault();
    box.focus();
    box.select();
  });
}
