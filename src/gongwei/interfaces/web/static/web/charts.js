// @ts-check
/** Charts on a page: the figures stand in a table beside them, so nothing depends on the drawing. */
const places = document.querySelectorAll("[data-chart]");

if (places.length > 0) {
  const script = document.createElement("script");
  script.src = /** @type {HTMLElement} */ (places[0]).dataset.script ?? "";
  script.addEventListener("load", () => {
    const echarts = /** @type {any} */ (window).echarts;
    for (const place of /** @type {NodeListOf<HTMLElement>} */ (places)) {
      const data = JSON.parse(document.getElementById(place.dataset.chart ?? "")?.textContent ?? "{}");
      // Labels of a time axis take about 140 pixels each; a phone has room for two.
      if (data.xAxis?.type === "time") data.xAxis.splitNumber = Math.max(2, Math.floor(place.clientWidth / 140));
      const chart = echarts.init(place, null, { renderer: "svg" });
      chart.setOption({ animation: false, textStyle: { fontFamily: "inherit" }, grid: { left: 64, right: 24, top: 36, bottom: 32 }, tooltip: { trigger: "axis", renderMode: "richText" }, color: ["#2f7fb8", "#d06a8c", "#0f766e"], ...data });
      // A value opens its record; the table beneath has the same as links.
      chart.on("click", (/** @type {{ data?: { url?: string } }} */ picked) => {
        if (picked.data?.url) location.assign(picked.data.url);
      });
      new ResizeObserver(() => chart.resize()).observe(place);
    }
  });
  document.head.append(script);
}
