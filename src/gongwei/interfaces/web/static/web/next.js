// @ts-check
/**
 * From one person of a worklist to the next: pressing 开始 remembers which lines come after, and back on the list the
 * cursor stands on the first of them that is still there. Only ids are kept, for this tab, until they are used.
 */
const KEPT = "gw-next";
const starts = () => /** @type {HTMLAnchorElement[]} */ ([...document.querySelectorAll('a[href*="/serve/?"]')]);

/** What a line is called: its task, else its address. @param {HTMLAnchorElement} link */
const named = (link) => new URL(link.href).searchParams.get("task") ?? link.pathname;

document.addEventListener("click", (event) => {
  const link = /** @type {HTMLElement} */ (event.target).closest?.("a");
  const all = starts();
  const place = link ? all.indexOf(link) : -1;
  if (place >= 0 && all.length > 1) sessionStorage.setItem(KEPT, JSON.stringify([...all.slice(place + 1), ...all.slice(0, place)].map(named)));
});

const kept = sessionStorage.getItem(KEPT);
const here = starts();
if (kept !== null && here.length > 0 && document.querySelector("form[data-entry]") === null) {
  sessionStorage.removeItem(KEPT);
  const wanted = JSON.parse(kept).find((/** @type {string} */ name) => here.some((link) => named(link) === name));
  const link = here.find((each) => named(each) === wanted) ?? here[0];
  link.focus();
  link.scrollIntoView({ block: "nearest" });
}
