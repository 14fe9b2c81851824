// @ts-check
/** The wall brings itself up to date every minute, as long as somebody can see it and the server answers. */
const SECONDS = 60;

setInterval(async () => {
  if (document.hidden) return;
  try {
    const answer = await fetch(location.href, { method: "HEAD", redirect: "manual" });
    if (answer.ok) location.reload();
  } catch {
    // The old figures stay, with the time they are of.
  }
}, SECONDS * 1000);
