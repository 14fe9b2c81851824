// @ts-check
/**
 * What is typed on the page of a contact is kept on the server while it is typed: a closed window or a power cut loses
 * nothing. Sealed there, offered again only to the same person, and gone when the page is saved.
 */
const QUIET = 1500;
const AT_MOST = 5000;

/** @param {HTMLFormElement} form @param {string} address */
function watch(form, address) {
  const said = form.querySelector("[data-draft-kept]");
  let timer = 0;
  let since = 0;
  let stopped = false;
  /** @type {AbortController | null} */
  let underWay = null;

  const content = () => new URLSearchParams(/** @type {any} */ (new FormData(form)));

  /** @param {boolean} leaving */
  async function keep(leaving) {
    clearTimeout(timer);
    timer = 0;
    since = 0;
    if (stopped) return;
    underWay?.abort();
    const mine = new AbortController();
    underWay = mine;
    try {
      // As a part of a page: when the login has expired nothing is put aside for the next one, the form itself will be.
      const answer = await fetch(address, { method: "POST", body: content(), headers: { "HX-Request": "true" }, keepalive: leaving, redirect: "manual", signal: leaving ? undefined : mine.signal });
      if (answer.ok && said && (await answer.json()).kept) said.textContent = `已暂存 ${new Date().toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", hour12: false })}`;
    } catch {
      // Without the network nothing can be kept; the next change tries again.
    }
  }

  function later() {
    if (stopped) return;
    const now = Date.now();
    since ||= now;
    clearTimeout(timer);
    timer = window.setTimeout(() => keep(false), Math.max(0, Math.min(QUIET, since + AT_MOST - now)));
  }

  for (const kind of ["input", "change"]) form.addEventListener(kind, later);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden" && timer) keep(true);
  });
  // Sent: from now on the page itself is what counts. (A sending that was held back to ask is none.)
  document.addEventListener("submit", (event) => {
    if (event.defaultPrevented || event.target !== form) return;
    stopped = true;
    clearTimeout(timer);
    underWay?.abort();
  });
  window.addEventListener("pageshow", () => { stopped = false; });
}

for (const form of /** @type {NodeListOf<HTMLFormElement>} */ (document.querySelectorAll("form[data-draft]"))) watch(form, form.dataset.draft ?? "");
